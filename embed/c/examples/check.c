/* Asks one question about the example company. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clearance.h"

/* The bytes of a file, and how many: the caller frees them. */
static char *file(const char *path, size_t *length) {
  FILE *stream = fopen(path, "rb");
  if (stream == NULL || fseek(stream, 0, SEEK_END) != 0) return NULL;
  long end = ftell(stream);
  char *bytes = end < 0 ? NULL : malloc((size_t)end + 1);
  rewind(stream);
  *length = bytes == NULL ? 0 : fread(bytes, 1, (size_t)end, stream);
  fclose(stream);
  return bytes;
}

int main(int count, char **arguments) {
  size_t length = 0;
  char *directory = count > 1 ? file(arguments[1], &length) : NULL;
  if (directory == NULL) {
    fprintf(stderr, "usage: check DIRECTORY\n");
    return 2;
  }
  clearance_authorizer *authorizer;
  clearance_error error;
  int32_t status = clearance_load(directory, length, NULL, &authorizer, &error);
  free(directory);

  clearance_decision decision;
  const char *key = "ci", *permission = "project:delete", *project = "shop";
  if (status == CLEARANCE_OK) {
    status = clearance_check(authorizer, CLEARANCE_KEY, key, strlen(key), permission, strlen(permission), CLEARANCE_PROJECT, project,
                             strlen(project), clearance_now(), &decision, &error);
  }
  /* An error is not a denial: refuse, and say why. */
  if (status == CLEARANCE_OK) {
    printf("%s %s\n", decision.allow ? "allowed" : "denied", decision.reason);
  } else {
    fprintf(stderr, "%s: %s\n", error.code, error.message);
  }
  clearance_free(authorizer);
  return status == CLEARANCE_OK ? 0 : 2;
}
