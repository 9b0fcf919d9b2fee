import { command, type Detected, nothing, type Tree } from './detect.js';
import type { GateCommand, GateStage } from './gate.js';

/** Go and Rust: the checks their own tools bring along. */
export async function detectCompiled(tree: Tree): Promise<Detected> {
  const commands: GateCommand[] = [];
  const add = async (stage: GateStage, tool: string, name: string, run: string, why: string, fix?: string) => {
    commands.push(await command(tree, { stage, name, run, ...(fix ? { fix } : {}), why, tool }));
  };
  if (tree.files.has('go.mod')) {
    await add('fast', 'gofmt', 'gofmt', 'files=$(gofmt -l .) && echo "$files" && test -z "$files"', 'go.mod', 'gofmt -w .');
    await add('fast', 'go', 'go vet', 'go vet ./...', 'go.mod');
    await add('tests', 'go', 'go test', 'go test -json ./...', 'go.mod');
    const config = ['.golangci.yml', '.golangci.yaml', '.golangci.toml'].find((file) => tree.files.has(file));
    if (config) await add('comprehensive', 'golangci-lint', 'golangci-lint', 'golangci-lint run', config);
  }
  if (tree.files.has('Cargo.toml')) {
    await add('fast', 'cargo', 'cargo fmt', 'cargo fmt --all --check', 'Cargo.toml', 'cargo fmt --all');
    await add('tests', 'cargo', 'cargo test', 'cargo test --workspace --no-fail-fast', 'Cargo.toml');
    await add('comprehensive', 'cargo', 'clippy', 'cargo clippy --workspace --all-targets -- -D warnings', 'Cargo.toml');
  }
  return { commands, setup: null };
}

/** pre-commit, lefthook and crackerjack: runners of the repository's own fast checks. The first two repair while they check. */
export async function detectHooks(tree: Tree): Promise<Detected> {
  const commands: GateCommand[] = [];
  const find = (...names: string[]) => names.find((name) => tree.files.has(name));
  const preCommit = find('.pre-commit-config.yaml', '.pre-commit-config.yml');
  if (preCommit) {
    const run = 'pre-commit run --all-files --show-diff-on-failure';
    commands.push(await command(tree, { stage: 'fast', name: 'pre-commit', run, fix: run, why: preCommit, tool: 'pre-commit' }));
  }
  const lefthook = find('lefthook.yml', 'lefthook.yaml', '.lefthook.yml', '.lefthook.yaml', 'lefthook.toml');
  if (lefthook) {
    const own = /"lefthook"\s*:/.test((await tree.readFile('package.json')) ?? '');
    const run = `${own ? 'npx --no-install ' : ''}lefthook run pre-commit --all-files`;
    commands.push(await command(tree, { stage: 'fast', name: 'lefthook', run, fix: run, why: lefthook, tool: own ? 'npx' : 'lefthook' }));
  }
  const pyproject = (await tree.readFile('pyproject.toml')) ?? '';
  if (/^\[tool\.crackerjack\b/m.test(pyproject) || /["']crackerjack\b/.test(pyproject)) {
    const why = 'crackerjack in pyproject.toml';
    commands.push(await command(tree, { stage: 'fast', name: 'crackerjack', run: 'crackerjack run', why, tool: 'crackerjack' }));
  }
  return { commands, setup: null };
}

const targets: { stage: GateStage; name: string; check: string[]; fix: string[] }[] = [
  { stage: 'fast', name: 'format', check: ['format-check', 'fmt-check', 'check-format'], fix: ['format', 'fmt'] },
  { stage: 'fast', name: 'lint', check: ['lint'], fix: ['lint-fix', 'fix'] },
  { stage: 'tests', name: 'tests', check: ['test', 'tests', 'check'], fix: [] },
  { stage: 'comprehensive', name: 'types', check: ['typecheck', 'type-check', 'types', 'mypy'], fix: [] },
  { stage: 'comprehensive', name: 'security', check: ['security', 'audit'], fix: [] },
];

/** Targets of a Makefile, for the stages that nothing better was found for. */
export async function detectMake(tree: Tree): Promise<Detected> {
  const file = ['GNUmakefile', 'makefile', 'Makefile'].find((name) => tree.files.has(name));
  if (!file) return nothing;
  const names = new Set(
    [...((await tree.readFile(file)) ?? '').matchAll(/^([A-Za-z][\w./ -]{0,200}):(?!=)/gm)].flatMap((match) =>
      (match[1] ?? '').trim().split(/\s+/),
    ),
  );
  const commands: GateCommand[] = [];
  for (const { stage, name, check, fix } of targets) {
    const target = check.find((candidate) => names.has(candidate));
    const fixer = fix.find((candidate) => names.has(candidate));
    if (!target) continue;
    const entry = { stage, name, run: `make ${target}`, ...(fixer ? { fix: `make ${fixer}` } : {}), why: `${file} target "${target}"` };
    commands.push(await command(tree, { ...entry, tool: 'make' }));
  }
  return { commands, setup: null };
}
