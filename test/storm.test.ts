import { describe, expect, test } from 'vitest';
import { shellStorm } from '../bench/shell-storm.ts';
import { linuxArm64, linuxArm64Virtio } from '../kernel/index.ts';

describe.each([linuxArm64, linuxArm64Virtio])('on $id', (profile) => {
  test('150 commands in a storm of printk and single bytes give 150 right results', { timeout: 1_800_000 }, async () => {
    const figures = await shellStorm(profile, { onTerminal: 50, captured: 100 });
    console.log(`storm on ${profile.id}: ${JSON.stringify(figures)}`);
    expect(figures).toMatchObject({ commands: 150, shellOn: profile.shellOn, wrong: [] });
    expect(figures.messages).toBeGreaterThan(50 * figures.commands);
    expect(figures.strayBytes).toBeGreaterThan(100);
    if (profile.shellOn !== 'console') return;
    expect(figures.cutLines, 'kernel messages that cut lines of commands').toBeGreaterThan(20);
    // A frame is one write, which a message seldom lands in: ten to a hundred of some thousand, by how the host schedules.
    expect(figures.cutFrames, 'frames that kernel messages cut').toBeGreaterThan(0);
  });
});
