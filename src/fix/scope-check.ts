import picomatch from 'picomatch';
import type { RepositoryPolicy } from '../repos/policy.js';
import type { Finding } from '../review/finding.js';

export type ScopeVerdict =
  | { status: 'ok' }
  | { status: 'rejected'; reason: string; files: string[] }
  /** Within its scope, but files that a person has to look at first. */
  | { status: 'needs_approval'; files: string[] };

/** A repository's own list adds to these; what runs first, what is shipped, what installs and what judges. */
export const defaultHighRisk: readonly string[] = [
  // Entry points.
  '{,src/,app/,lib/}{main,index,server,app,cli}.{ts,tsx,mts,cts,js,jsx,mjs,cjs,py,go,rs}',
  'bin/**',
  'cmd/*/main.go',
  '**/__main__.py',
  'manage.py',
  // Manifests and lock files.
  '**/{package,composer,deno}.json',
  '**/{pyproject,Cargo,Pipfile}{,.toml}',
  '**/{setup.py,setup.cfg,go.mod,go.work,Gemfile,pom.xml,*.gradle,*.gradle.kts,pnpm-workspace.yaml}',
  '**/*requirements*.txt',
  '**/{package-lock.json,npm-shrinkwrap.json,yarn.lock,pnpm-lock.yaml,bun.lock,bun.lockb,uv.lock,poetry.lock,Pipfile.lock,Cargo.lock,go.sum,Gemfile.lock,composer.lock}',
  '**/{.npmrc,.yarnrc,.yarnrc.yml,.pypirc}',
  // What builds and ships it.
  '.github/**',
  '{.gitlab-ci.yml,.circleci/**,.travis.yml,azure-pipelines*.yml,Jenkinsfile,.drone.yml,bitbucket-pipelines.yml,.buildkite/**}',
  '**/{Dockerfile*,Containerfile*,docker-compose*.y{,a}ml,compose.y{,a}ml,{GNU,}{M,m}akefile}',
  // What judges it.
  '.mahavishnu.yaml',
  '{.pre-commit-config.y{,a}ml,{,.}lefthook.*,.husky/**,.gitattributes,.gitmodules}',
  '**/{vitest,vite,jest,playwright,eslint,prettier,knip,babel,webpack,rollup}.config.*',
  '**/{biome.json{,c},.oxlintrc.json,.eslintrc*,.prettierrc*,tsconfig*.json,.mocharc*,.c8rc*,.nycrc*}',
  '**/{pytest.ini,tox.ini,conftest.py,.coveragerc,mypy.ini,.mypy.ini,ruff.toml,.ruff.toml,.flake8,pyrightconfig.json,.golangci.*}',
];

/** A fix may change the files of its finding and those its policy allows, and nothing else (FX-4). The policy is the base commit's. */
export function checkScope({
  changedFiles,
  finding,
  policy,
  highRisk = defaultHighRisk,
}: {
  changedFiles: readonly string[];
  finding: Pick<Finding, 'file' | 'places'>;
  policy: Pick<RepositoryPolicy, 'highRisk' | 'mayChange'>;
  /** The bot's own list, to which the repository's is added. */
  highRisk?: readonly string[] | undefined;
}): ScopeVerdict {
  const own = new Set([finding.file, ...finding.places.map(({ file }) => file)]);
  const allowed = matcher(policy.mayChange);
  const outside = changedFiles.filter((file) => !own.has(file) && !allowed(file)).sort();
  if (outside.length > 0) {
    return {
      status: 'rejected',
      reason: `it changed ${list(outside)}, which ${outside.length === 1 ? 'is' : 'are'} not of this issue`,
      files: outside,
    };
  }
  const risky = matcher([...highRisk, ...policy.highRisk]);
  const files = changedFiles.filter(risky).sort();
  return files.length > 0 ? { status: 'needs_approval', files } : { status: 'ok' };
}

function matcher(patterns: readonly string[]): (file: string) => boolean {
  // Case is ignored, because on some machines `.GitHub` is `.github`.
  const matches = patterns.map((pattern) => picomatch(pattern, { dot: true, nocase: true }));
  return (file) => matches.some((match) => match(file));
}

function list(files: readonly string[]): string {
  return files.length <= 3 ? files.join(', ') : `${files.slice(0, 3).join(', ')} and ${files.length - 3} more`;
}
