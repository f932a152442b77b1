// Why a question has no answer.

/**
 * A call was not answered. This is never a denial: refuse, and look for the cause. `code` is the same word in every language.
 */
export class ClearanceError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{cause?: unknown, field?: string, index?: number}} [more]
   */
  constructor(code, message, { cause, field, index } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ClearanceError";
    this.code = code;
    if (field !== undefined) this.field = field;
    if (index !== undefined) this.index = index;
  }
}
