import { expect, test } from 'vitest';
import { review, tree } from '../support.js';

const agent =
  "import https from 'node:https';\n\nexport const read = (host) => https.get({ host, agent: new https.Agent({ rejectUnauthorized: false }) });\n";
const proxy =
  "import { createServer } from 'node:http';\n\nexport const server = createServer(async (req, res) => {\n  const answer = await fetch(new URL(req.url, 'http://a').searchParams.get('to'));\n  res.end(await answer.text());\n});\n";

/** What is told of a project that describes itself so. */
async function told(files: Record<string, string>): Promise<string[]> {
  const { findings } = await review(tree({ 'src/agent.mjs': agent, 'src/proxy.mjs': proxy, ...files }), 'all');
  return findings
    .filter(({ rule }) => ['mahavishnu/tls-verification-off', 'mahavishnu/request-forgery'].includes(rule))
    .map(({ rule, priority, check }) => `${rule.slice('mahavishnu/'.length)} ${priority} ${check?.by ?? 'told'}`)
    .sort();
}

const loud = ['request-forgery P1 told', 'tls-verification-off P0 told'];

test('devices at home sign their own certificates, and nothing else is forgiven to what speaks to them', async () => {
  const quiet = ['request-forgery P1 told', 'tls-verification-off P2 device at home'];
  expect(await told({ 'package.json': '{ "name": "a", "description": "Client for smart home devices" }' })).toEqual(quiet);
  expect(await told({ 'setup.cfg': '[metadata]\ndescription = A library for seamless device control\n' })).toEqual(quiet);
  expect(await told({ 'package.json': '{\n "keywords": [\n  "lamp",\n  "home-automation"\n ]\n}' })).toEqual(quiet);
  expect(await told({ 'pyproject.toml': '[project]\nname = "a"\ndescription = "Talks to FRITZ!Box at home"\n' })).toEqual(quiet);
});

test('what is made for tests is asked by whoever runs them', async () => {
  const quiet = ['request-forgery P2 server of developers', 'tls-verification-off P2 server of developers'];
  expect(await told({ 'package.json': '{ "description": "Over the wire test doubles", "name": "a" }' })).toEqual(quiet);
  expect(await told({ 'package.json': '{ "description": "testing server" }' })).toEqual(quiet);
  expect(await told({ 'package.json': '{ "description": "Efficient server proxying and mocking" }' })).toEqual(quiet);
  expect(await told({ 'package.json': '{ "name": "a", "keywords": ["serverless-offline"] }' })).toEqual(quiet);
  expect(await told({ 'package.json': '{ "description": "A collection of test utilities we use to write tests" }' })).toEqual(quiet);
  expect(await told({ 'pyproject.toml': '[project]\nname = "a"\ndescription = "Core testing clients for web frameworks"\n' })).toEqual(
    quiet,
  );
  expect(await told({ 'package.json': '{ "description": "Record HTTP interactions of tests and replay them" }' })).toEqual(quiet);
  expect(await told({ 'pyproject.toml': '[project]\nname = "pytest-shop"\n' })).toEqual(quiet);
  expect(await told({ 'setup.py': "from setuptools import setup\n\nsetup(name='a', description='A vulnerability scanner')\n" })).toEqual(
    quiet,
  );
});

test('what answers in a command line is asked by whoever starts it', async () => {
  const quiet = ['request-forgery P2 server of developers', 'tls-verification-off P0 told'];
  expect(await told({ 'package.json': '{ "name": "@shop/merge-cli", "bin": { "merge": "src/proxy.mjs" } }' })).toEqual(quiet);
  expect(await told({ 'package.json': '{ "name": "@shop/merge-cli" }' })).toEqual(loud);
  expect(await told({ 'package.json': '{ "name": "client", "bin": { "merge": "src/proxy.mjs" } }' })).toEqual(loud);
});

test('other projects are told, whatever else their files say', async () => {
  expect(await told({ 'package.json': '{ "description": "A router for web pages", "keywords": ["pretty-printer", "test"] }' })).toEqual(
    loud,
  );
  expect(await told({ 'package.json': '{ "description": "A framework for the web, with test helpers and plugins" }' })).toEqual(loud);
  expect(await told({ 'package.json': '{ "name": "smart-home", "scripts": { "x": "mock server" } }' })).toEqual(loud);
  expect(await told({ 'README.md': 'description: a mock server for home automation\n' })).toEqual(loud);
});
