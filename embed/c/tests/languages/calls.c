/* What a caller from C relies on. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clearance.h"

static int passed, failed;

static void expect(int holds, const char *what) {
  if (holds) {
    passed++;
  } else {
    failed++;
    printf("failed: %s\n", what);
  }
}

static char *file(const char *path, size_t *length) {
  FILE *stream = fopen(path, "rb");
  if (stream == NULL) exit(2);
  fseek(stream, 0, SEEK_END);
  long end = ftell(stream);
  rewind(stream);
  char *bytes = malloc((size_t)end + 1);
  *length = fread(bytes, 1, (size_t)end, stream);
  fclose(stream);
  return bytes;
}

static const int64_t NOW = 1780315200000;
static clearance_error error;

static int refused(int32_t status, const char *code) {
  return status == CLEARANCE_FAILED && strcmp(error.code, code) == 0 && error.message[0] != 0;
}

static int32_t check(const clearance_authorizer *authorizer, const char *permission, int64_t now, clearance_decision *out, clearance_error *why) {
  return clearance_check(authorizer, CLEARANCE_KEY, "ci", 2, permission, strlen(permission), CLEARANCE_PROJECT, "shop", 4, now, out, why);
}

static void *ask_often(void *authorizer) {
  size_t wrong = 0;
  for (int at = 0; at < 1000; at++) {
    clearance_decision decision;
    clearance_error why;
    wrong += check(authorizer, "prompts:view", NOW, &decision, &why) != CLEARANCE_OK || decision.allow != 1;
  }
  return (void *)wrong;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  size_t length, strict_length, default_length;
  char *directory = file(arguments[1], &length), *strict = file(arguments[2], &strict_length);
  char *original = file(arguments[3], &default_length);
  clearance_authorizer *authorizer = (clearance_authorizer *)directory;
  clearance_load_options options = {0};

  expect(refused(clearance_load(NULL, 7, NULL, &authorizer, &error), "malformed") && authorizer == NULL, "a null text");
  expect(strcmp(error.field, "directory") == 0 && error.index == -1, "its field");
  expect(refused(clearance_load(directory, length, NULL, NULL, &error), "malformed"), "no place for the authorizer");
  expect(refused(clearance_load("{", 1, NULL, &authorizer, &error), "directory") && authorizer == NULL, "a broken directory");
  expect(refused(clearance_load("\xff", 1, NULL, &authorizer, &error), "malformed"), "what is not UTF-8");
  expect(clearance_load("{", 1, NULL, &authorizer, NULL) == CLEARANCE_FAILED, "no place for the error");
  options.policy = (clearance_text){strict, strict_length};
  expect(refused(clearance_load(directory, length, &options, &authorizer, &error), "unsigned"), "a policy that nobody signed");
  options.trusted_keys_length = 1;
  expect(refused(clearance_load(directory, length, &options, &authorizer, &error), "malformed"), "keys that are null");
  options = (clearance_load_options){.policy = {"", 0}, .allow_unsigned = 1};
  expect(refused(clearance_load(directory, length, &options, &authorizer, &error), "not-a-component"), "an empty policy is not the default one");
  options = (clearance_load_options){.allow_unsigned = 1};
  expect(clearance_load(directory, length, &options, &authorizer, &error) == CLEARANCE_OK && authorizer != NULL, "the company");

  clearance_decision decision;
  memset(&decision, 0xff, sizeof decision);
  expect(check(authorizer, "prompts:view", NOW, &decision, &error) == CLEARANCE_OK && decision.allow == 1, "an allow");
  expect(strcmp(decision.reason, "binding") == 0 && strcmp(decision.binding, "b04") == 0 && strlen(decision.policy) == 71, "its parts");
  expect(check(authorizer, "project:delete", NOW, &decision, NULL) == CLEARANCE_OK && decision.allow == 0, "a denial");
  expect(strcmp(decision.reason, "owner-lacks") == 0 && decision.binding[0] == 0, "its reason");

  decision.allow = 1;
  expect(refused(check(NULL, "prompts:view", NOW, &decision, &error), "malformed") && decision.allow == 0, "no authorizer");
  expect(refused(check(authorizer, "prompts:view", NOW, NULL, &error), "malformed"), "no place for the decision");
  int64_t wrong_times[] = {-1, INT64_MIN, INT64_MAX, 253402300800000};
  for (int at = 0; at < 4; at++) {
    decision.allow = 1;
    expect(refused(check(authorizer, "prompts:view", wrong_times[at], &decision, &error), "time") && decision.allow == 0, "a wrong time");
  }
  expect(refused(clearance_check(authorizer, 3, "ci", 2, "a:b", 3, 2, "shop", 4, NOW, &decision, &error), "malformed"), "a wrong kind");
  expect(refused(clearance_check(authorizer, 1, "ci", 2, "a:b", 3, 9, "shop", 4, NOW, &decision, &error), "malformed"), "a wrong kind of place");
  expect(refused(clearance_check(authorizer, 1, "\xc3", 1, "a:b", 3, 2, "shop", 4, NOW, &decision, &error), "malformed"), "half a character");
  expect(refused(clearance_check(authorizer, 1, "ci", SIZE_MAX, "a:b", 3, 2, "shop", 4, NOW, &decision, &error), "malformed"), "a wrong length");

  clearance_answer answer;
  const char *request = "{\"visibleProjects\": {\"key\": \"ci\"}}";
  expect(clearance_ask(authorizer, request, strlen(request), NOW, &answer, &error) == CLEARANCE_OK, "a request");
  expect(answer.length == 28 && memcmp(answer.data, "{\"projects\":[\"blog\",\"shop\"]}", 28) == 0, "its answer");
  clearance_answer_free(&answer);
  clearance_answer_free(&answer);
  clearance_answer_free(NULL);
  expect(answer.data == NULL, "an answer that is freed");
  expect(refused(clearance_ask(authorizer, "{", 1, NOW, &answer, &error), "malformed") && answer.data == NULL, "a broken request");

  const char *bad = "[{\"deactivateUser\":{\"user\":\"ben\",\"at\":\"2026-05-01T00:00:00Z\"}},{\"removeTeam\":\"nowhere\"}]";
  expect(refused(clearance_apply(authorizer, bad, strlen(bad), &error), "refused") && error.index == 1, "a refused batch");

  char first[80];
  strcpy(first, decision.policy);
  check(authorizer, "prompts:view", NOW, &decision, &error);
  strcpy(first, decision.policy);
  expect(clearance_swap(authorizer, strict, strict_length, NULL, 0, &error) == CLEARANCE_OK, "a swap");
  check(authorizer, "prompts:view", NOW, &decision, &error);
  expect(strcmp(first, decision.policy) != 0, "another version");
  expect(clearance_pin(authorizer, "acme", 4, original, default_length, NULL, 0, &error) == CLEARANCE_OK, "a pin");
  check(authorizer, "prompts:view", NOW, &decision, &error);
  expect(strcmp(first, decision.policy) == 0, "the first version");
  expect(clearance_unpin(authorizer, "acme", 4, &error) == CLEARANCE_OK, "an unpin");
  expect(refused(clearance_swap(authorizer, NULL, 0, NULL, 0, &error), "malformed"), "no policy");
  expect(refused(clearance_swap(authorizer, "text", 4, NULL, 0, &error), "not-a-component"), "what is not a policy");

  pthread_t threads[3];
  for (int at = 0; at < 3; at++) pthread_create(&threads[at], NULL, ask_often, authorizer);
  for (int at = 0; at < 4; at++) {
    int32_t status = at % 2 ? clearance_swap(authorizer, strict, strict_length, NULL, 0, &error)
                            : clearance_swap(authorizer, original, default_length, NULL, 0, &error);
    expect(status == CLEARANCE_OK, "a swap while others ask");
  }
  for (int at = 0; at < 3; at++) {
    void *wrong;
    pthread_join(threads[at], &wrong);
    expect(wrong == NULL, "a thread that asks while versions are swapped");
  }
  clearance_free(authorizer);
  clearance_free(NULL);
  free(directory);
  free(strict);
  free(original);
  printf("C: %d passed, %d failed\n", passed, failed);
  return failed != 0;
}
