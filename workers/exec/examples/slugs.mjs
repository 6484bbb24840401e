// Makes slugs of titles: {"titles": ["Über uns"]} -> {"slugs": ["uber-uns"]}.
import { readFileSync } from "node:fs";

const tell = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const { titles } = JSON.parse(readFileSync(0, "utf8"));
if (!Array.isArray(titles)) {
  tell({ error: { category: "invalid-input", code: "titles", message: "titles is missing or no array" } });
  process.exit(65);
}
const slugs = titles.map((title, i) => {
  tell({ progress: (100 * i) / titles.length, message: title });
  return title.normalize("NFD").replace(/[^\w\s-]/g, "").trim().toLowerCase().replace(/\s+/g, "-");
});
tell({ result: { slugs } });
