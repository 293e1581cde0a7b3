/* What the page can do beyond being read: copy an equation as LaTeX, say where in the text one is, change its colours.
   Everything that this script serves it adds itself: without it nothing is missing from the text, and no button is dead. */
"use strict";
(() => {
  const made = (tag, name, text) => {
    const node = document.createElement(tag);
    node.className = name;
    node.textContent = text;
    return node;
  };

  const told = document.body.appendChild(made("p", "unseen", ""));
  told.setAttribute("role", "status");
  const say = (text) => {
    told.textContent = "";
    // A text that stays the same is not read out again; an empty one between two is noticed in the next frame.
    requestAnimationFrame(() => { told.textContent = text; });
  };

  // Copying ----------------------------------------------------------------------------------------------------------

  const latexOf = (equation) => {
    const lines = Array.from(equation.querySelectorAll('annotation[encoding="application/x-tex"]'), (a) => a.textContent);
    return lines.length === 1 ? lines[0] : `\\begin{gathered}\n${lines.join(" \\\\\n")}\n\\end{gathered}`;
  };

  const copyByHand = (text) => {
    const field = document.body.appendChild(made("textarea", "unseen", text));
    const before = document.activeElement;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (before) before.focus({ preventScroll: true });
    return done;
  };

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyByHand(text);
    }
  };

  for (const step of document.querySelectorAll(".step")) {
    const equation = step.querySelector(".equation");
    if (!equation) continue;
    const number = step.dataset.number;
    const button = made("button", "copy", "copy LaTeX");
    button.type = "button";
    button.setAttribute("aria-label", `copy LaTeX of equation ${number}`);
    let back = 0;
    button.addEventListener("click", async () => {
      const done = await copied(latexOf(equation));
      button.textContent = done ? "copied" : "not copied";
      say(done ? `LaTeX of equation ${number} copied` : "The browser does not let this page copy");
      clearTimeout(back);
      back = setTimeout(() => { button.textContent = "copy LaTeX"; }, 2000);
    });
    step.insertBefore(button, step.querySelector(".checks"));
  }

  // Where one is -----------------------------------------------------------------------------------------------------

  const links = new Map(Array.from(document.querySelectorAll(".contents a"), (a) => [a.hash.slice(1), a]));
  const places = Array.from(document.querySelectorAll(".chapter, .step")).filter((place) => links.has(place.id));
  const inSight = new Set();
  let current = null;
  const mark = () => {
    // The innermost of those that cross the band stands last in the text.
    const place = places.filter((each) => inSight.has(each)).pop();
    const link = place ? links.get(place.id) : null;
    if (link === current || (!link && current && scrollY > innerHeight)) return;
    for (const each of links.values()) {
      each.removeAttribute("aria-current");
      each.closest("li").classList.remove("here");
    }
    current = link;
    if (!link) return;
    link.setAttribute("aria-current", "location");
    for (let item = link.closest("li"); item; item = item.parentElement.closest("li")) item.classList.add("here");
  };
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) inSight[entry.isIntersecting ? "add" : "delete"](entry.target);
    mark();
  }, { rootMargin: "-18% 0px -78% 0px" });
  for (const place of places) observer.observe(place);

  // Colours ----------------------------------------------------------------------------------------------------------

  const query = "(prefers-color-scheme: dark)";
  const dark = matchMedia(query);
  const rules = Array.from(document.styleSheets)
    .flatMap((sheet) => Array.from(sheet.cssRules))
    .filter((rule) => rule instanceof CSSMediaRule && rule.conditionText.includes(query));
  let chosen = null;
  const isDark = () => (chosen === null ? dark.matches : chosen);
  const toggle = made("button", "colours", "");
  toggle.type = "button";
  const label = () => {
    toggle.textContent = isDark() ? "light" : "dark";
    toggle.setAttribute("aria-label", `Change to ${toggle.textContent} colours`);
  };
  toggle.addEventListener("click", () => {
    chosen = !isDark();
    for (const rule of rules) rule.media.mediaText = chosen ? "screen" : "not all";
    document.documentElement.style.colorScheme = chosen ? "dark" : "light";
    label();
    say(chosen ? "Dark colours" : "Light colours");
  });
  dark.addEventListener("change", label);
  label();
  document.querySelector(".page").prepend(toggle);
})();
