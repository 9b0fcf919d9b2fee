import type { ClassText } from './rule.js';

const text = (title: string, description: string, suggestedFix: string): ClassText => ({ title, description, suggestedFix });

/** The common vocabulary: classes of defects that stock tools report. Our own rules bring their words in their YAML. */
export const vocabulary = {
  'undefined-name': text(
    'Undefined name',
    'A name is used that nothing defines: the line fails as soon as it runs.',
    'Import or define the name, or correct its spelling.',
  ),
  'unbound-name': text(
    'Name may be unbound',
    'On some path the variable is read before it was given a value.',
    'Give the variable a value on every path before it is read.',
  ),
  'syntax-error': text('Syntax error', 'The file cannot be parsed, so nothing in it can run or be imported.', 'Correct the syntax.'),
  'misleading-test': text(
    'Comparison that does not do what it says',
    'An identity, tuple or format check is written so that its result is not what the code expects.',
    'Compare by value, and assert on the condition itself.',
  ),
  'broken-control-flow': text(
    'Statement outside its place',
    'return, yield, break, continue or await stands where the language does not allow it or where it loses an error.',
    'Move the statement to where it belongs.',
  ),
  'python-error': text(
    'Code that fails when it runs',
    'The construct raises or misbehaves whenever it is reached.',
    'Correct the construct as the message says.',
  ),
  'mutable-default': text(
    'Mutable default argument',
    'The default value is made once and shared by all calls, so one call changes what the next one sees.',
    'Default to None and create the value inside the function.',
  ),
  'late-binding-closure': text(
    'Closure over a loop variable',
    'The function reads the loop variable when it is called, by when the loop has moved on.',
    'Bind the value as a default argument or pass it in.',
  ),
  'lost-error': text(
    'Jump in finally swallows errors',
    'A return, break or throw in a finally block discards the error on its way.',
    'Move the jump out of the finally block.',
  ),
  'useless-expression': text(
    'Expression without effect',
    'The expression is computed and thrown away; usually a call or an assignment was meant.',
    'Use the result, or remove the expression.',
  ),
  'blocking-call': text(
    'Blocking call in async code',
    'A call that waits inside a coroutine stops every other task of the loop until it returns.',
    'Use the asynchronous counterpart, or run the call in a thread.',
  ),
  'dropped-task': text(
    'Task whose reference is dropped',
    'The event loop keeps only a weak reference: the task can be collected before it ends, and its error is never seen.',
    'Keep the task and await or cancel it.',
  ),
  'unawaited-coroutine': text(
    'Coroutine is never awaited',
    'Calling the coroutine only creates it; its body never runs.',
    'Await the call.',
  ),
  'code-from-text': text(
    'Text is executed as code',
    'Whoever controls the text controls the process.',
    'Parse the text (for data: JSON) instead of executing it.',
  ),
  'command-injection': text(
    'Command line built for a shell',
    'A value inside the line can end the command and begin another one.',
    'Pass the program and its arguments as a list, without a shell.',
  ),
  'sql-injection': text(
    'SQL built from strings',
    'A value inside the statement can change what the statement does.',
    'Use parameters of the database driver.',
  ),
  'unsafe-deserialisation': text(
    'Unsafe deserialisation',
    'Loading this format runs code that the data chooses.',
    'Use a data-only format such as JSON, or a safe loader.',
  ),
  'unsafe-archive': text(
    'Archive is unpacked without checks',
    'An entry with .. or an absolute path is written outside of the folder.',
    'Check every entry, or use the data filter.',
  ),
  'unsafe-xml': text(
    'XML parser open to entity attacks',
    'Entities in the document can read files or use up all memory.',
    'Use defusedxml.',
  ),
  'tls-verification-off': text(
    'TLS certificate is not verified',
    'Anyone between the two ends can read and change the traffic.',
    'Leave verification on; add a private authority to the trusted ones instead.',
  ),
  'debug-mode': text(
    'Debugger is open to the network',
    'The interactive debugger of a server runs code for whoever reaches it.',
    'Switch debug mode off; let the environment of a developer turn it on.',
  ),
  'no-timeout': text('Network call without a time limit', 'If the other side stays silent, the call waits for ever.', 'Pass a timeout.'),
  'unchecked-url': text(
    'URL is opened without a check of its scheme',
    'file: and custom schemes read what was never meant to be reachable.',
    'Allow only http and https, to hosts you expect.',
  ),
  'xss-markup': text('Text is marked as safe HTML', 'The value reaches the page unescaped.', 'Let the template escape it.'),
  'weak-hash': text(
    'Broken hash function',
    'Collisions can be made for this hash function.',
    'Use SHA-256, or say that it is not for security.',
  ),
  'weak-secret': text(
    'Password written in the code',
    'A literal is assigned to what looks like a password or token.',
    'Read the value from the environment or a secret store.',
  ),
  'committed-secret': text(
    'Secret committed to the repository',
    'Everyone who can read the repository, or ever could, has this credential.',
    'Revoke it first, then remove it and read it from the environment.',
  ),
  'naive-datetime': text(
    'Date without time zone',
    'The call returns a naive date in UTC or local time that is compared and printed as if it were something else.',
    'Use datetime.now(timezone.utc).',
  ),
  'deprecated-call': text('Deprecated call', 'The library announces that this will go.', 'Use the replacement that the message names.'),
  'lost-cause': text(
    'Cause of an error is lost',
    'A new error is raised while another is handled, without naming it as the cause.',
    'Raise it from the caught error.',
  ),
  'swallowed-error': text(
    'Error is swallowed',
    'The error is caught and nothing is done with it: what failed looks as if it had worked.',
    'Handle it, log it, or let it rise.',
  ),
  'broad-except': text(
    'Every exception is caught',
    'A bare or very broad handler also hides programming errors.',
    'Catch what you can handle.',
  ),
  'unused-import': text('Unused import', 'The import costs load time and hides what the module really needs.', 'Remove it.'),
  'unused-variable': text(
    'Unused variable',
    'The value is computed and never read: left over, or a mistake in the name.',
    'Remove it, or use it.',
  ),
  redefinition: text('Defined twice', 'The second definition silently replaces the first one.', 'Rename or remove one of them.'),
  'slow-loop': text('Needless work in a loop', 'The loop does what one call does faster.', 'Use the call that the message names.'),
  'sequential-await': text(
    'Awaits one after another in a loop',
    'Independent operations wait for each other; the loop takes the sum of their times.',
    'Start them together and await them with Promise.all, if order and load allow it.',
  ),
  'accumulating-spread': text(
    'Spread in an accumulator',
    'Every round copies everything collected so far: the loop takes quadratic time.',
    'Add to one object or array instead.',
  ),
  'forbidden-dependency': text(
    'Dependency that a rule of the repository forbids',
    'The parts of a repository stay apart by rules of its own, and this import breaks one of them.',
    'Go the way that the rule names, or change the rule.',
  ),
  'import-cycle': text(
    'Modules import each other',
    'Which of them is ready first depends on who is loaded first; names are undefined in the other.',
    'Move what both need into a third module.',
  ),
  'wrong-comparison': text(
    'Comparison that is always the same',
    'The operands make the result a constant, which was hardly meant.',
    'Compare what was meant.',
  ),
  'accidental-assignment': text('Assignment in a condition', 'The condition assigns instead of comparing.', 'Compare with ===.'),
  'broken-promise': text(
    'Promise that hides its failures',
    'Errors thrown inside never reach whoever awaits it.',
    'Make the executor synchronous, or return the promise.',
  ),
  'unreachable-code': text('Unreachable code', 'Nothing can ever run these lines.', 'Remove them, or correct the jump before them.'),
  'duplicate-entry': text(
    'The same twice',
    'Of two keys, cases or conditions that are the same only one has any effect.',
    'Remove one, or say what was meant.',
  ),
  'js-error': text(
    'Code that cannot do what it says',
    'The construct throws, or never has the effect it is written for.',
    'Correct the construct as the message says.',
  ),
  'leftover-debugger': text('debugger statement', 'The process stops here when a debugger is attached.', 'Remove it.'),
  'outdated-syntax': text(
    'Outdated construct',
    'A newer form says the same, is checked better and stays when the old one goes.',
    'Use the newer form.',
  ),
  'wrong-index': text(
    'Index or call that types do not allow',
    'The value may not support what is done with it here.',
    'Check the value first, or correct the type.',
  ),
  complexity: text(
    'Function too complex',
    'More branches than anyone can keep in mind or test.',
    'Split it into functions with one subject each.',
  ),
  'shell-removal': text(
    'Removal that can go too far',
    'When a variable is empty, or a folder is not what was thought, the command removes what belongs to the system.',
    'Let the expansion fail when the variable is empty, before the path is built.',
  ),
  'shell-splitting': text(
    'Words fall apart in the shell',
    'Without quotes a value with blanks or wildcards becomes several words or names of files.',
    'Put the expansion into double quotes.',
  ),
  'workflow-injection': text(
    'Workflow runs text that others write',
    'What stands between the braces is put into the script before it runs: a title, a branch name or a comment becomes a command, with the secrets and the token of the workflow.',
    'Pass the value through an environment variable of the step and quote it in the script.',
  ),
  'workflow-trust': text(
    'Workflow gives strangers too much',
    'Someone without rights in the repository can make this workflow act with the rights of the repository.',
    'Use a trigger without secrets for what others send, and check who asks on a value they cannot choose.',
  ),
  'workflow-secrets': text(
    'Workflow hands out more secrets than it needs',
    'Every step that gets them, and every action it uses, can read and print them.',
    'Name the one secret that is needed, where it is needed.',
  ),
  'workflow-permissions': text(
    'Workflow may write everything',
    'Its token can change code, releases and settings, whatever the steps need.',
    'Name the permissions that the job needs.',
  ),
  'workflow-moving-action': text(
    'Action is used from a branch',
    'Whoever can push to that branch changes what runs here with the next run, without a word.',
    'Use a released version, or better the hash of its commit.',
  ),
  'broken-call': text(
    'Call that cannot succeed',
    'The arguments do not fit what is called, so the line fails whenever it runs.',
    'Call it as its definition says.',
  ),
  'package-entry': text(
    'Package cannot be loaded as it says',
    'The description of the package names a file, a format or an order that those who install it trip over.',
    'Correct the entry; it is read from the top, and the first condition that fits wins.',
  ),
  'undeclared-dependency': text(
    'Import that nothing provides',
    'The package is not among the dependencies, or the file is not there: it works only where something else happens to bring it.',
    'Add the package to the dependencies, or correct the import.',
  ),
  'duplicated-code': text(
    'Duplicated code',
    'The same block stands in more than one place: what is corrected in one is forgotten in the other.',
    'Move the block into one function or module that all places use.',
  ),
} satisfies Record<string, ClassText>;

export type DefectClass = keyof typeof vocabulary;
