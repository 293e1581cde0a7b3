// Questions: predict first, then reveal what the page finds and the theorem behind it.
NC.questions = (root, current) => {
  const forms = [...root.querySelectorAll("form[data-question]")];
  for (const form of forms) {
    const button = form.querySelector("button");
    const answer = form.querySelector(".answer");
    form.addEventListener("input", () => (button.disabled = prediction(form) === null));
    // Not by the form's own submission: a frame of a notebook forbids it.
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.localName !== "input") return;
      event.preventDefault();
      reveal();
    });
    button.addEventListener("click", reveal);
    function reveal() {
      if (prediction(form) === null) return;
      answer.hidden = false;
      // A report that lacks a step, or a cell of a notebook, has nothing to link to.
      for (const link of form.querySelectorAll("a[href^='#']")) if (!document.getElementById(link.hash.slice(1))) link.removeAttribute("href");
      show(form);
      answer.focus();
    }
  }

  function prediction(form) {
    const chosen = form.querySelector("input[type=radio]:checked");
    if (chosen) return chosen.value;
    const box = form.querySelector("input[type=number]");
    return box && box.value.trim() !== "" && Number.isFinite(Number(box.value)) ? Number(box.value) : null;
  }

  function show(form) {
    const answer = form.querySelector(".answer");
    if (answer.hidden) return;
    const found = NC.evidence[form.dataset.question](current().results);
    for (const place of answer.querySelectorAll("[data-evidence]")) place.textContent = found[place.dataset.evidence];
    // Where a question has no answer, what explains one would be nonsense.
    for (const part of answer.querySelectorAll(".explanation, .theorem")) part.hidden = found.answer === null;
    const verdict = answer.querySelector(".outcome");
    const said = prediction(form);
    const right = found.answer === null || said === null ? null : typeof found.answer === "number" ? Math.abs(said - found.answer) <= (found.within || 0) : said === found.answer;
    verdict.dataset.right = String(right);
    verdict.textContent = right === null ? "At these values the question has no answer: change them." : right ? "As you predicted." : "Not as you predicted.";
  }

  return {
    /** Bring revealed answers up to the present values. */
    show: () => forms.forEach((form) => form.closest("[hidden]") || show(form)),
  };
};
