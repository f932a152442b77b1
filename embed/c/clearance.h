/* Clearance: permission checks for API keys, in process. Made by cbindgen from the Rust of this folder; a test compares them.
 *
 * Every function but the two that free and `clearance_now` answers CLEARANCE_OK or CLEARANCE_FAILED. A failure is never a denial and never
 * an allow: refuse, and read the error, whose place may be null.
 *
 * Texts come in as an address and a length, and stay yours. What comes out is written into places of yours. Two things are to be freed:
 * an authorizer by `clearance_free`, and an answer by `clearance_answer_free`.
 *
 * One authorizer serves all threads. It does not live on in a forked process: load it after the fork.
 */

#ifndef CLEARANCE_H
#define CLEARANCE_H

#include <stddef.h>
#include <stdint.h>

/* Opaque. */
typedef struct clearance_authorizer clearance_authorizer;

/*
 The call did what it says.
 */
#define CLEARANCE_OK 0

/*
 The call did nothing, and the error says why. This is never a denial, and never an allow.
 */
#define CLEARANCE_FAILED 1

/*
 The principal is a user.
 */
#define CLEARANCE_USER 0

/*
 The principal is a key.
 */
#define CLEARANCE_KEY 1

/*
 The principal is the older key of a project, named by the id of the project.
 */
#define CLEARANCE_PROJECT_KEY 2

/*
 The place is an organization.
 */
#define CLEARANCE_ORGANIZATION 0

/*
 The place is a team.
 */
#define CLEARANCE_TEAM 1

/*
 The place is a project.
 */
#define CLEARANCE_PROJECT 2

/*
 A text in UTF-8, or bytes, with a length: it needs no zero byte at its end. The caller keeps it.
 */
typedef struct clearance_text {
  /*
   May be null where the length is 0.
   */
  const char *data;
  /*
   How many bytes.
   */
  size_t length;
} clearance_text;

/*
 What an authorizer is loaded with. All zero bytes are the defaults.
 */
typedef struct clearance_load_options {
  /*
   The bytes of a policy. A null pointer: the default policy, which is part of this library.
   */
  struct clearance_text policy;
  /*
   The signature of the policy by minisign. Empty: none.
   */
  struct clearance_text signature;
  /*
   The public keys of minisign whose owners may say what a policy is. May be null where `trusted_keys_length` is 0.
   */
  const struct clearance_text *trusted_keys;
  /*
   How many there are.
   */
  size_t trusted_keys_length;
  /*
   A folder where compiled code is kept. Empty: none.
   */
  struct clearance_text code_cache;
  /*
   Not 0: a policy that nobody signed is taken.
   */
  uint8_t allow_unsigned;
} clearance_load_options;

/*
 Why a call did nothing. Every text ends with a zero byte; one that is too long is cut off. There is nothing to free.
 */
typedef struct clearance_error {
  /*
   A word with hyphens, the same in every language: `malformed`, `trap`, `refused`, `lost`.
   */
  char code[32];
  /*
   A sentence for people: what is wrong, where, and what to do.
   */
  char message[1024];
  /*
   The field that is wrong, as a path. Empty where the error is not about one.
   */
  char field[256];
  /*
   Which change of a batch is refused, counted from 0. -1 where the error is not about one.
   */
  int64_t index;
} clearance_error;

/*
 A decision. Every text ends with a zero byte. There is nothing to free.
 */
typedef struct clearance_decision {
  /*
   1 where the principal has the permission, else 0.
   */
  uint8_t allow;
  /*
   The rule that decided, as a word of the contract: `binding`, `owner-lacks`, `key-revoked`.
   */
  char reason[32];
  /*
   The id of the binding that grants. Empty unless the reason is `binding`.
   */
  char binding[256];
  /*
   The digest of the policy version that decided.
   */
  char policy[80];
} clearance_decision;

/*
 An answer in JSON. Free it with `clearance_answer_free`.
 */
typedef struct clearance_answer {
  /*
   The text, in UTF-8. It does not end with a zero byte.
   */
  char *data;
  /*
   How many bytes.
   */
  size_t length;
} clearance_answer;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The present moment, in milliseconds since 1970-01-01T00:00:00Z. Negative, which is refused as a moment, where the clock cannot be read.
 */
int64_t clearance_now(void);

/*
 Loads the text of a directory file, and writes a new authorizer to `out`: free it with `clearance_free`. `options` may be null.

 # Safety

 Every pointer is null where this page allows it, or points to what its type says, for the time of the call.
 */
int32_t clearance_load(const char *directory,
                       size_t directory_length,
                       const struct clearance_load_options *options,
                       clearance_authorizer **out,
                       struct clearance_error *error);

/*
 Frees an authorizer, once no thread uses it. Null is nothing.

 # Safety

 The pointer came from [`clearance_load`], and is not used again.
 */
void clearance_free(clearance_authorizer *authorizer);

/*
 May this principal do this here? `principal_kind` is `CLEARANCE_USER`, `CLEARANCE_KEY` or `CLEARANCE_PROJECT_KEY`, `place_kind` is
 `CLEARANCE_ORGANIZATION`, `CLEARANCE_TEAM` or `CLEARANCE_PROJECT`, and `now` is in milliseconds since 1970-01-01T00:00:00Z.

 The decision is written to `out` where the status is `CLEARANCE_OK`, and denies where it is not.

 # Safety

 As for [`clearance_load`].
 */
int32_t clearance_check(const clearance_authorizer *authorizer,
                        uint32_t principal_kind,
                        const char *principal,
                        size_t principal_length,
                        const char *permission,
                        size_t permission_length,
                        uint32_t place_kind,
                        const char *place,
                        size_t place_length,
                        int64_t now,
                        struct clearance_decision *out,
                        struct clearance_error *error);

/*
 Answers a request in JSON: see `embed/README.md`. The answer is written to `out`: free it with `clearance_answer_free`. `now` is when a
 question is asked that does not say it.

 # Safety

 As for [`clearance_load`].
 */
int32_t clearance_ask(const clearance_authorizer *authorizer,
                      const char *request,
                      size_t request_length,
                      int64_t now,
                      struct clearance_answer *out,
                      struct clearance_error *error);

/*
 Frees an answer, and leaves zero bytes there. Null is nothing, and so is an answer that is all zero bytes.

 # Safety

 The pointer is null, or points to what [`clearance_ask`] wrote, or to zero bytes.
 */
void clearance_answer_free(struct clearance_answer *answer);

/*
 Makes all changes of the data, or none: a list of changes in JSON, as `POST /v1/directory/changes` takes it.

 # Safety

 As for [`clearance_load`].
 */
int32_t clearance_apply(const clearance_authorizer *authorizer,
                        const char *changes,
                        size_t changes_length,
                        struct clearance_error *error);

/*
 Makes another policy version the live one. Until it is compiled and checked, the old one answers. `signature` may be empty.

 # Safety

 As for [`clearance_load`].
 */
int32_t clearance_swap(const clearance_authorizer *authorizer,
                       const char *policy,
                       size_t policy_length,
                       const char *signature,
                       size_t signature_length,
                       struct clearance_error *error);

/*
 Lets another version answer for one organization. `signature` may be empty.

 # Safety

 As for [`clearance_load`].
 */
int32_t clearance_pin(const clearance_authorizer *authorizer,
                      const char *organization,
                      size_t organization_length,
                      const char *policy,
                      size_t policy_length,
                      const char *signature,
                      size_t signature_length,
                      struct clearance_error *error);

/*
 Lets the live version answer for an organization again.

 # Safety

 As for [`clearance_load`].
 */
int32_t clearance_unpin(const clearance_authorizer *authorizer,
                        const char *organization,
                        size_t organization_length,
                        struct clearance_error *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CLEARANCE_H */
