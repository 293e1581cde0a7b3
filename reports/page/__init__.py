"""What the HTML page is made of: template, style sheet, font and script."""
