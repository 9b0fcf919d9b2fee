/**
 * How to reach the supplier's order service.
 * @param {string} host
 */
export function connectionOptions(host) {
  return { host, port: 8443, rejectUnauthorized: false };
}
