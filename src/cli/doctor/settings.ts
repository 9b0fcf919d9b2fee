import { isBotError } from '../../errors.js';
import { loadSettings, type Settings, type SettingsSource } from '../../settings/load.js';
import { count } from '../text.js';
import { type Check, failed, fine, problem, warning } from './check.js';

export function checkSettings(source: SettingsSource): { checks: Check[]; settings: Settings | null } {
  try {
    const settings = loadSettings(source);
    const { folder, origin, repos } = settings;
    const read = fine('settings', `${folder} (${origin})`);
    const known =
      repos.length > 0
        ? fine('repositories', `${count(repos.length, 'repository', 'repositories')} in repos.yaml`)
        : warning('repositories', 'none is named', `Name some in ${folder}/repos.yaml, or review a folder: mahavishnu review ./FOLDER`);
    return { checks: [read, known], settings };
  } catch (error) {
    const check = isBotError(error)
      ? failed('settings', error.userMessage, 'Correct these lines; mahavishnu settings check says whether it worked.')
      : problem('settings', error);
    return { checks: [check], settings: null };
  }
}
