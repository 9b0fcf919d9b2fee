import { expect, test } from 'vitest';
import { isSupportFile } from '../../src/review/languages.js';

test('what tests read is told from what is shipped, by where it lies', () => {
  const support = [
    'tests/a.py',
    'test3/a.py',
    'src/widget.spec.ts',
    'types/index.tst.ts',
    'types/index.test-d.ts',
    'src/demo.js',
    'crates/parser/resources/inline/ok/return.py',
    'crates/parser/resources/corpus/01_unary.py',
    'resources/expected/class-decorator.js',
    'examples/server.js',
    'docs/conf.py',
    'stridetune-bench.py',
    'bench_read.js',
    'manual-tests/run.py',
    'internal/provider_test.cc',
    'provider_test.go',
    'src/testutils/agent.py',
    'lib/test-helpers/server.js',
    'PKG-INFO',
    'reader.egg-info/PKG-INFO',
  ];
  const shipped = [
    'src/integration.ts',
    'src/resources/labels.py',
    'resources/app.js',
    'src/specs.py',
    'src/contest_utils/a.py',
    'words/corpus/reader.py',
    'src/contest.js',
    'src/workbench.ts',
    'manual/drive.py',
    'src/latest.go',
    'src/PKG-INFO.py',
    'METADATA',
  ];
  expect(support.filter((file) => !isSupportFile(file))).toEqual([]);
  expect(shipped.filter((file) => isSupportFile(file))).toEqual([]);
});
