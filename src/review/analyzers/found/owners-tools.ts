import type { FoundToolName } from '../../hit.js';

/** What the machine's owner says of the programs that reviews use when they are found. A repository has no word in it. */
export interface OwnersTools {
  /** The owner lets reviews run code of this repository, at every commit that is reviewed. */
  trusted: boolean;
  /** Where a program is when it is not on PATH; `off`: reviews do without it. */
  programs: { readonly [Tool in FoundToolName]?: string | undefined };
  /** Folders of repositories: programs that lie in them are theirs, even when PATH names them. */
  repositories: readonly string[];
}

export const noOwnersTools: OwnersTools = { trusted: false, programs: {}, repositories: [] };

interface Listed {
  path: string | null;
  trusted: boolean;
}

/** For one repository, which may lie in a folder; `listed` is what the settings say of it, if they do. */
export function ownersTools(
  { review, repos }: { review: { tools: OwnersTools['programs'] }; repos: readonly Listed[] },
  listed?: Pick<Listed, 'trusted'>,
  folder?: string,
): OwnersTools {
  return {
    trusted: listed?.trusted ?? false,
    programs: review.tools,
    repositories: [...repos.flatMap(({ path }) => path ?? []), ...(folder === undefined ? [] : [folder])],
  };
}
