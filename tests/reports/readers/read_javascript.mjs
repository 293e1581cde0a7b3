// Integrate exported ES modules: node read_javascript.mjs STEP SAMPLES PATH [STEP SAMPLES PATH ...]; print JSON.
import { pathToFileURL } from "node:url";

const tables = {};
const jobs = process.argv.slice(2);
for (let k = 0; k < jobs.length; k += 3) {
  const [step, samples, path] = [Number(jobs[k]), Number(jobs[k + 1]), jobs[k + 2]];
  const model = await import(pathToFileURL(path));
  const lines = [["t", ...model.names].join("\t")];
  let r = model.initial;
  for (let i = 0; i < samples; i++) {
    lines.push([i * step, ...r].join("\t"));
    r = model.step(r);
  }
  tables[path] = lines.join("\n");
}
console.log(JSON.stringify(tables));
