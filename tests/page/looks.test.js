// Screenshots of the page in the sizes and schemes that it is made for, what can
// be measured of its legibility, and how soon it is there.

import assert from "node:assert/strict";
import path from "node:path";
import { DEMO, inBrowser, ODD, visit } from "./browser.js";

const SCREENSHOTS = process.env.ARTEFACTS;
// Machines differ, so only a page that has got slow beyond any machine fails.
const SLOWEST_LOAD = 30_000;
const LOADS = 5;

const phone = (width) => ({
  ...{ viewport: { width, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
});
const LOOKS = {
  desktop: {},
  "desktop-dark": { colorScheme: "dark" },
  phone: { ...phone(390), colorScheme: "dark" },
  "phone-light": phone(390),
  "phone-360": phone(360),
};

/** The luminance of a colour as WCAG defines it. */
function luminance(colour) {
  const [red, green, blue] = colour.match(/[\d.]+/g).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

for (const [name, options] of Object.entries(LOOKS)) {
  inBrowser(
    `${name}: fits and is kept as a picture`,
    async (page) => {
      for (const [kind, address] of [
        ["", DEMO],
        ["-tenant", `${DEMO}?root=3`],
        ["-odd", `${ODD}?root=1`],
      ]) {
        await visit(page, address);
        // A phone zooms out of a page that is too wide, so its own idea of the width says nothing.
        const { width } = page.viewportSize();
        const content = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(content <= width, `${content} pixels in ${width}`);
        await page.screenshot({ path: path.join(SCREENSHOTS, `${name}${kind}.png`), fullPage: true });
      }
    },
    options,
  );
}

for (const colorScheme of ["light", "dark"]) {
  inBrowser(
    `${colorScheme}: what is written can be read, and the scale is told by lightness alone`,
    async (page) => {
      await visit(page, DEMO);
      const colours = await page.evaluate(() => {
        const probe = document.createElement("i");
        document.body.append(probe);
        const resolved = (name) => {
          probe.style.color = `var(--${name})`;
          return getComputedStyle(probe).color;
        };
        const steps = [0, 1, 2, 3, 4, 5].map((step) => [resolved(`step-${step}`), resolved(`on-step-${step}`)]);
        const names = ["page", "panel", "ink", "quiet", "accent", "focus"];
        return { steps, ...Object.fromEntries(names.map((name) => [name, resolved(name)])) };
      });
      for (const [ground, ink] of colours.steps) assert.ok(contrast(ground, ink) >= 4.5, `${ink} on ${ground}`);
      for (const ground of [colours.page, colours.panel]) {
        for (const ink of [colours.ink, colours.quiet, colours.accent]) {
          assert.ok(contrast(ground, ink) >= 4.5, `${ink} on ${ground}`);
        }
        assert.ok(contrast(ground, colours.focus) >= 3, "the focus");
      }
      const lightness = colours.steps.map(([ground]) => luminance(ground));
      if (colorScheme === "light") lightness.reverse();
      lightness.slice(1).forEach((value, number) => assert.ok(value > lightness[number]));
      const isDark = luminance(colours.page) < 0.1;
      assert.equal(isDark, colorScheme === "dark");
    },
    { colorScheme },
  );
}

inBrowser("how soon the page is there", async (page) => {
  const times = [];
  for (let load = 0; load < LOADS; load += 1) {
    await visit(page, DEMO);
    // From the request to the figures on the screen.
    times.push(
      await page.evaluate(async () => {
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        return performance.getEntriesByName("shown")[0].startTime;
      }),
    );
  }
  const [median] = times.sort((a, b) => a - b).slice(Math.floor(LOADS / 2));
  console.log(`page load at 1,000 tenants: ${Math.round(median)} ms (median of ${LOADS})`);
  assert.ok(median < SLOWEST_LOAD, `${median} ms`);
});
