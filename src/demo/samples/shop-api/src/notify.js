// Tells the team's channel what is running low.
const token = '{{FAKE_TOKEN}}';

/**
 * @param {string} sku
 * @param {number} level
 */
export function notification(sku, level) {
  return {
    url: 'https://slack.com/api/chat.postMessage',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'stock', text: `Only ${level} left of ${sku}` }),
  };
}
