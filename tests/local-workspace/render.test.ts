import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMessage } from '../../src/local-workspace/index.js';
import { parseMrkdwn } from '../../src/local-workspace/mrkdwn.js';

const names = {
  user: (id: string) => ({ U1: 'dana' })[id],
  channel: (id: string) => ({ C1: 'platform' })[id],
  group: (id: string) => ({ S1: 'release-team' })[id],
};
const read = (text: string): string => renderMessage({ text, blocks: [] }, names);

describe('a message as text', () => {
  it.each([
    ['<@U1> in <#C1|x> asks <!subteam^S1> and <!here>', '@dana in #platform asks @release-team and @here'],
    ['<@U9> &lt;script&gt; &amp;amp;', '@U9 <script> &amp;'],
    ['<!date^1800000000^{date_num} {time}|then>', '2027-01-15 08:00'],
    ['<https://e.com/?a=1&amp;b=2|docs> and <https://e.com>', 'docs (https://e.com/?a=1&b=2) and https://e.com'],
    ['`&lt;not a link&gt;` *bold `x`* 2*3*4 _it_ ~no~', '`<not a link>` *bold `x`* 2*3*4 _it_ ~no~'],
    ['&gt; quoted\nafter', '> quoted\nafter'],
    ['<javascript:alert(1)|click>', 'click'],
  ])('reads %s', (text, shown) => {
    expect(read(text)).toBe(shown);
  });

  it('draws every block with its buttons, and an unknown one by its type', () => {
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'Next version of api?' } },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: 'asked by <@U1>' },
        accessory: { type: 'overflow', options: [{ text: { type: 'plain_text', text: 'Extend' } }] },
      },
      {
        type: 'actions',
        elements: [
          { type: 'button', text: { type: 'plain_text', text: 'Patch 2.4.1' } },
          { type: 'button', text: { type: 'plain_text', text: 'Skip' } },
        ],
      },
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'may approve: <!subteam^S1>' }] },
      { type: 'hologram' },
    ];
    expect(renderMessage({ text: '', blocks }, names)).toMatchInlineSnapshot(`
      "## Next version of api?
      asked by @dana   [⋯ Extend]
      [Patch 2.4.1] [Skip]
      may approve: @release-team
      [hologram]"
    `);
  });

  it('never loses or invents letters of plain text, and takes any text without failing', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9 *_~`.]{0,60}$/), (text) => {
        const bare = (one: string) => one.replace(/[*_~`\n |]/g, '');
        return bare(read(text)) === bare(text);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => Array.isArray(parseMrkdwn(text))));
  });
});
