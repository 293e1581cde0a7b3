// What is to be seen, in one sentence.
NC.summary = ({ fixed, rInit, destination }) => {
  const groups = new Map();
  for (const { r, stability } of fixed.byRate) groups.set(stability, [...(groups.get(stability) || []), NC.shown(r)]);
  const told = [...groups].map(([stability, at]) => `${NC.listed(at)} ${at.length === 1 ? "is" : "are"} ${stability}`);
  const count = fixed.points.length;
  const number = ["No fixed point", "One fixed point", "Two fixed points", "Three fixed points"][count] || `${count} fixed points`;
  const start = `from *r*_init_ = ${NC.shown(rInit)} the rate `;
  const end = destination.stays ? "stays where it is"
    : Number.isFinite(destination.r) ? `goes to ${NC.shown(destination.r)}`
    : destination.r > 0 ? "grows without bound" : "falls without bound";
  // Where a fixed point may be missing from the list, the next one on the way is not known.
  return `${number}${count ? `: *r*\u2217 = ${told.join(", ")}` : ""}${fixed.complete ? `; ${start}${end}` : ""}.`;
};
