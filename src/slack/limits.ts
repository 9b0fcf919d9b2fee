/** Slack's limits (Block Kit, messages, modals) in one place; where sources differ, the lower figure. */
export const limits = {
  messageBlocks: 50,
  viewBlocks: 100,
  viewBytes: 250_000,
  headerText: 150,
  blockId: 255,
  sectionText: 3000,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  buttonValue: 2000,
  optionText: 75,
  optionValue: 75,
  selectOptions: 100,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  viewTitle: 24,
  privateMetadata: 3000,
  inputLength: 3000,
  /** `chat.update` refuses longer ones, so posts keep to it as well. */
  messageText: 4000,
  /** Undocumented: refusals of a message's blocks were reported from about 11,300 characters in sum. */
  messageBlocksInSum: 11_000,
} as const;

/** How much we say, well below what Slack would take. */
export const shown = {
  fallback: 300,
  title: 140,
  path: 120,
  reason: 240,
  findingsInSummary: 5,
  findingsOnPage: 20,
  suppressedInModal: 20,
  fixesInReply: 30,
  evidence: 2500,
  options: 12,
  /** On the Home tab. */
  home: { approvals: 5, othersApprovals: 10, running: 8, ended: 5, repositories: 8, issues: 3, schedules: 5 },
  issuesInModal: 60,
} as const;
