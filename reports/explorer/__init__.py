"""The explorer of a model of one population: numeric functions in JavaScript, and the page fragment that draws them."""
