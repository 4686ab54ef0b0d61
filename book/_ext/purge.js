// Drops from a site's style sheets the rules that none of its pages and scripts can call for.
const fs = require("fs");
const { PurgeCSS } = require(process.argv[2]);

process.chdir(process.argv[3]);
new PurgeCSS()
  .purge({ css: ["_static/**/!(lossopt).css"], content: ["**/*.html", "**/!(searchindex).js"] })
  .then((sheets) => sheets.forEach(({ file, css }) => fs.writeFileSync(file, css)));
