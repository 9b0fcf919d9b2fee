import { InvalidRequest } from '../errors.js';

/** A release cannot go on as things are: what is out there contradicts what was approved. Nothing was overwritten. */
export class ReleaseFault extends InvalidRequest {}
