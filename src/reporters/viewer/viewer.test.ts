import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { causes, outcomes } from '../../model/outcome.ts';
import { renderHtml } from '../html.ts';
import { buildRunModel } from '../run-model.ts';
import { everyOutcome } from '../testing/sample-checks.ts';
import { type SampleCheck, sampleRun } from '../testing/sample-run.ts';

// A real browser: Debian's Chromium. The flags keep it from asking the network for anything of its own.
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
    ' ',
  );

let browser: Browser;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bringup-html-'));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
});
afterAll(async () => {
  await browser?.close();
  await rm(dir, { recursive: true, force: true });
});

const desktop = { viewport: { width: 1360, height: 850 } } as const;
const phone = { viewport: { width: 390, height: 800 } } as const;

/** Opens the report from disk; every request, console message and script error beyond the file itself is a fault. */
async function withReport(
  checks: readonly SampleCheck[],
  body: (page: Page, url: string) => Promise<void>,
  { expectedFaults = [] as unknown, ...options }: BrowserContextOptions & { expectedFaults?: unknown } = desktop,
) {
  const path = join(dir, 'index.html');
  await writeFile(path, renderHtml(buildRunModel(sampleRun(checks))));
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on(
    'request',
    (request) => !request.isNavigationRequest() && !request.url().startsWith('data:') && faults.push(`request: ${request.url()}`),
  );
  page.on('console', (message) => faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => faults.push(`dialog: ${dialog.message()}`));
  try {
    await page.goto(`file://${path}`);
    await body(page, `file://${path}`);
    expect(faults).toEqual(expectedFaults);
  } finally {
    await context.close();
  }
}

const text = (page: Page, selector: string) => page.locator(selector).innerText();
/** Whether all of the element can be seen without scrolling. */
const onScreen = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight && bottom > top;
    });
const focused = (page: Page) => page.evaluate(() => (document.activeElement?.closest('li') ?? document.activeElement)?.id);

/** Whether the element lies within what its scrolling box shows. */
const inView = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const box = (element.closest('.console') as HTMLElement).getBoundingClientRect();
      const own = element.getBoundingClientRect();
      return own.top >= box.top - 1 && own.top < box.bottom && own.height > 0;
    });

test('the verdict comes first, and the first failure is open with its crash in view', async () => {
  await withReport(everyOutcome, async (page) => {
    expect(await page.title()).toBe('FAIL: linux-arm64 · bringup');
    expect(await text(page, 'h1')).toMatch(/^FAIL\s+6 failed, 1 broken test, 3 without a result, 4 passed/);
    expect(await text(page, '#detail h2')).toBe('a jump to null ends the program, not the kernel');
    expect(await text(page, '#detail .crash')).toContain('Kernel panic - not syncing');
    expect(await inView(page, '#detail .crash')).toBe(true);
  });
});

test('cause, evidence, what to do and what runs it again are on the first screen, in this order', async () => {
  await withReport(everyOutcome, async (page) => {
    const upper = ['.why', '.message', '.evidence', '.hint', '.again'];
    for (const selector of upper) expect([selector, await onScreen(page, `#detail ${selector}`)]).toEqual([selector, true]);
    const order = await page
      .locator('#detail > :is(.why, .message, .evidence, .hint, .again)')
      .evaluateAll((all) => all.map(({ className }) => className.split(' ')[0]));
    expect(order).toEqual(['why', 'message', 'evidence', 'hint', 'again']);
    expect(await text(page, '#detail .why')).toMatch(/^guest-crash\s+The kernel crashed/);
    expect(await text(page, '#detail .culprit')).toBe('do_exit');
    expect(await page.locator('#detail .trace li').allInnerTexts()).toEqual(['do_group_exit', 'get_signal', 'do_notify_resume']);
    expect(await text(page, '#detail .doubt')).toContain('printk dropped messages');
    expect(await text(page, '#detail .again code')).toBe("bringup run a0 --grep '^a0\\.fault\\.null-jump '");
    expect(await page.locator('#detail .evidence .printed').isVisible()).toBe(false);
    await page.getByText('The kernel’s crash report').click();
    expect(await text(page, '#detail .evidence .printed')).toContain('Internal error: Oops');
    await page.getByRole('button', { name: 'Show in the console' }).click();
    expect(await inView(page, '#detail .crash')).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('console');
  });
});

test('a hang shows what each vCPU did, its backtraces folded; a MISS says that it is no verdict on the kernel', async () => {
  await withReport(everyOutcome, async (page, url) => {
    await page.goto(`${url}#a0.memory.64-mib`);
    await page.waitForFunction(() => document.querySelector('#detail .id')?.textContent === 'a0.memory.64-mib');
    expect(await page.locator('#detail .evidence td').allInnerTexts()).toEqual([
      '0',
      '99 %',
      '97 %',
      'in the kernel: queued_spin_lock_slowpath+0x84 (0xffff800008010a84) × 2, 0xffff800008010a80',
    ]);
    expect(await text(page, '#detail .evidence')).toContain('Host: kept 4 % of 1 min 00 s from the guest');
    const traces = page.locator('#detail .evidence details', { hasText: 'asked for by SysRq' });
    expect(await traces.locator('.printed').isVisible()).toBe(false);
    await traces.locator('summary').click();
    expect(await traces.locator('.printed').innerText()).toContain('::error::<b>not markup</b>');
    await page.goto(`${url}#a0.idle.wfi`);
    await page.waitForFunction(() => document.querySelector('#detail .id')?.textContent === 'a0.idle.wfi');
    expect(await text(page, '#detail .why')).toMatch(/^host-overload\s.* No verdict on the kernel\.$/);
  });
});

test('the legend tells each outcome and cause of this run', async () => {
  await withReport(everyOutcome, async (page) => {
    await page.getByText('What the words mean').click();
    const words = await page.locator('.legend dt').allInnerTexts();
    expect(words).toEqual([...outcomes, ...causes]);
    expect(await text(page, '.legend')).toContain('no verdict on the kernel');
  });
  await withReport([{ id: 'a1.good' }], async (page) => {
    expect(await page.locator('.legend dt').allTextContents()).toEqual(['PASS']);
  });
});

test('a keyboard alone walks, opens, searches, filters and asks for help', async () => {
  await withReport(everyOutcome, async (page) => {
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('a0.idle.wfi');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('k');
    expect(await focused(page)).toBe('a0.boot.markers');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('#detail h2')?.textContent?.startsWith('boot markers'));
    expect(await text(page, '#detail')).toContain('boot_to_init_ms');
    await page.keyboard.press('f');
    await page.waitForFunction(() => document.querySelector('#detail h2')?.textContent?.startsWith('a jump to null'));
    await page.keyboard.press('/');
    await page.keyboard.type('wrong status');
    expect(await text(page, '#shown')).toBe('1 of 17 checks');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe('a1.exit.42');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('#detail .id')?.textContent === 'a1.exit.42');
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    expect(await text(page, '#shown')).toBe('17 checks');
    await page.locator('.filters [data-outcome=FAIL]').focus();
    await page.keyboard.press('Space');
    expect(await text(page, '#shown')).toBe('11 of 17 checks');
    await page.keyboard.press('?');
    expect(await page.locator('dialog').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog').isVisible()).toBe(false);
    await page.keyboard.press('?');
    await page.keyboard.press('Enter');
    expect(await page.locator('dialog').isVisible()).toBe(false);
  });
});

test('the failed command is marked and in view, in the middle of a long console too', async () => {
  const noise = Array.from({ length: 3000 }, (_, line) => `[    1.${line}] noise\r\n`).join('');
  const steps = [
    { title: 'run: true', console: '~ # true\r\n', exitStatus: 0 },
    { title: 'run: false', console: '~ # false\r\n', ok: false, exitStatus: 1 },
    { title: 'run: dmesg', console: `~ # dmesg\r\n${noise}` },
  ];
  await withReport([{ id: 'a1.long', outcome: 'FAIL', boot: noise, steps }], async (page) => {
    expect(await text(page, '#detail .failed')).toBe('~ # false\n');
    expect(await inView(page, '#detail .failed')).toBe(true);
    await page.getByRole('button', { name: 'Show' }).first().click();
    expect(await inView(page, '#detail .shown')).toBe(true);
    expect(await text(page, '#detail .shown')).toBe('~ # true\n');
  });
});

test('what the guest printed is shown as text, and does nothing', async () => {
  await withReport(everyOutcome, async (page, url) => {
    await page.goto(`${url}#a1.hostile.console`);
    await page.waitForFunction(() => document.querySelector('#detail .id')?.textContent === 'a1.hostile.console');
    expect(await text(page, '#detail .console')).toContain('</script><script>window.hacked = 1</script><!-- <svg onload=alert(1)>');
    expect(await text(page, '#detail .console')).toContain('and still visible');
    expect(await text(page, '#detail h2')).toBe('a title with <script>window.hacked = 1</script> & "quotes"');
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(await page.locator('#detail img, #detail svg, #list img').count()).toBe(0);
    expect(await page.locator('.f1').count()).toBe(0);
  });
});

test('the policy stops what a mistake of ours would let through', async () => {
  // Chromium tells each refusal on its console.
  const refusal = expect.stringMatching(/^console: .*Content Security Policy/);
  await withReport(
    [{ id: 'a1.one' }],
    async (page) => {
      const violated = await page.evaluate(async () => {
        const seen: string[] = [];
        addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
        document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.hacked = 1' }));
        document.body.append(Object.assign(document.createElement('img'), { src: 'http://127.0.0.1:9/' }));
        await fetch('http://127.0.0.1:9/').catch(() => {});
        while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
        return seen.sort();
      });
      expect(violated).toEqual(['connect-src', 'img-src', 'script-src-elem']);
      expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    },
    { ...desktop, expectedFaults: expect.arrayContaining([refusal]) },
  );
});

test('on a narrow screen one thing at a time: the list, a check, and back', async () => {
  await withReport(
    everyOutcome,
    async (page) => {
      expect(await page.locator('#detail').isVisible()).toBe(false);
      await page.locator('#a1\\.exit\\.42 a').click();
      await page.locator('#detail .failed').waitFor();
      expect(await page.locator('#list').isVisible()).toBe(false);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      await page.getByText('All checks').click();
      await page.locator('#list').waitFor();
      expect(await focused(page)).toBe('a1.exit.42');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    },
    phone,
  );
});

test('without JavaScript the results are there: outcome, cause, message, hint', async () => {
  await withReport(
    everyOutcome,
    async (page) => {
      const row = await text(page, '#a1\\.exit\\.42');
      for (const part of [
        'FAIL',
        'a1.exit.42',
        'assertion',
        'is not what the check expects',
        '1.6 s',
        'expected exit status 42, got 0',
        'wait4 reports',
      ])
        expect(row).toContain(part);
      expect(await page.locator('.toolbar').isVisible()).toBe(false);
      expect(await page.locator('#list li').count()).toBe(17);
    },
    { ...desktop, javaScriptEnabled: false },
  );
});

test('text keeps a contrast of 4.5 to 1, in light and in dark', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await withReport(
      everyOutcome,
      async (page) => {
        const low = await page.evaluate(() => {
          const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
          const luminance = (colour: string) => {
            const [r = 0, g = 0, b = 0] = channels(colour).map((value) =>
              value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
            );
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = (element: Element | null): string => {
            if (element === null) return 'rgb(255, 255, 255)';
            const own = getComputedStyle(element).backgroundColor;
            return channels(own)[3] === 0 ? ground(element.parentElement) : own;
          };
          const texts = [
            ...document.querySelectorAll(
              'h1, .meta, .outcome, .id, .cause, .time, .title, .message, .hint, .facts, .console span, small, button, .evidence :is(p, code, td, th, li, summary), .why, .again code',
            ),
          ];
          return texts
            .filter((element) => element.getClientRects().length > 0)
            .map((element) => {
              const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
              return { name: element.className, ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
            })
            .filter(({ ratio }) => ratio < 4.5);
        });
        expect([colorScheme, low]).toEqual([colorScheme, []]);
      },
      { ...desktop, colorScheme },
    );
  }
});

test('a run without checks, and one with 400 checks and a console of 5 MB, open and answer', async () => {
  await withReport([], async (page) => {
    expect(await text(page, 'h1')).toContain('no check ran');
    expect(await text(page, '#list')).toContain('no check ran');
  });
  const many = Array.from({ length: 400 }, (_, index): SampleCheck => ({ id: `a1.many.${index}` }));
  await withReport(
    [...many, { id: 'a1.big', outcome: 'FAIL', boot: 'a line of noise that is not short\r\n'.repeat(150_000) }],
    async (page) => {
      expect(await text(page, '#detail .left-out')).toMatch(/bytes left out/);
      await page.keyboard.press('/');
      await page.keyboard.type('many.399');
      expect(await text(page, '#shown')).toBe('1 of 401 checks');
    },
  );
});
