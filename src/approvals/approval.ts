import type { Actor } from '../runs/run.js';

export const approvalTypes = ['version_bump', 'publish', 'high_risk_fix', 'budget', 'self_improvement'] as const;
export type ApprovalType = (typeof approvalTypes)[number];

/** `void`: what was shown changed, or the run was cancelled (AP-6). */
export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'expired' | 'void';

/** What an expiry means for the run: stay open and be asked again, end with what it has, or be cancelled (AP-2). */
export type TimeoutPolicy = 'hold' | 'deny' | 'halt';

export interface ApprovalOption {
  value: string;
  label: string;
  description: string;
  recommended: boolean;
}

/** Who may decide, as it was when it was asked: roles (`admin`), groups (`@release-team`), users (`U123`, `local:dana`). */
export interface ApprovalPolicy {
  approvers: string[];
  fourEyes: boolean;
  quorum: number;
  extendable: { times: number; byMs: number };
}

/** What the person sees and therefore decides on; its digest binds the decision. */
export type ApprovalShown =
  | {
      type: 'version_bump';
      repository: string;
      branch: string;
      commit: string;
      current: string;
      suggested: string;
      /** The version each option stands for, such as `{ patch: '2.4.1' }`. */
      versions: Record<string, string>;
      reason: string;
      gates: string;
      diff: { files: number; added: number; removed: number };
    }
  | {
      type: 'publish';
      repository: string;
      branch: string;
      commit: string;
      version: string;
      package: string | null;
      artefacts: { name: string; bytes: number; sha256: string }[];
      /** What is there now, one line for each target. */
      registry: string[];
      dryPublication: string;
    }
  | { type: 'high_risk_fix'; repository: string; issueId: string; title: string; commit: string; files: string[]; diff: string }
  | { type: 'budget'; repository: string; used: string; limit: string }
  | { type: 'self_improvement'; repository: string; description: string };

export interface Approval {
  id: string;
  runId: string;
  repository: string;
  type: ApprovalType;
  status: ApprovalStatus;
  round: number;
  shown: ApprovalShown;
  digest: string;
  options: ApprovalOption[];
  policy: ApprovalPolicy;
  onTimeout: TimeoutPolicy;
  requestedBy: Actor;
  workflowId: string;
  createdAt: Date;
  deadline: Date;
  extensions: number;
  choice: string | null;
  decidedBy: Actor | null;
  decidedAt: Date | null;
  reason: string | null;
}
