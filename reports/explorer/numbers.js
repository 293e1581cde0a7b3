// How a number is written for people: few digits, a true minus sign, a power of ten only where it is needed.
NC.shown = (value, digits = 4) => {
  if (value === Infinity) return "\u221e";
  if (value === -Infinity) return "\u2212\u221e";
  if (!Number.isFinite(value)) return "not defined";
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const raised = [...String(Number(exponent))].map((c) => (c === "-" ? "\u207b" : "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[c])).join("");
    return `${String(Number(mantissa)).replace("-", "\u2212")} \u00d7 10${raised}`;
  }
  return String(Number(value.toPrecision(digits))).replace("-", "\u2212");
};

/** Words joined as in a sentence. */
NC.listed = (items) => (items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`);
