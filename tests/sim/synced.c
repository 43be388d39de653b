// Loaded before libc (LD_PRELOAD). A disk that is full: while there is a folder STATE.full-N, made by this thread, its
// writes under STATE fail with ENOSPC after N more of them, the first of these half done.
// What a power cut leaves: what a sync has made lasting in a world's state folder is copied aside, into the
// folder STATE.synced where there is one. A file is copied under the number of its inode, a folder as the list of what it
// names. What is not there is lost when the power goes.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What SQLite has written since the last sync, by inode: only that is copied. A file that is written by other calls is
// not in here and is copied as a whole.
#define SLOTS 4096
static struct { ino_t inode; off64_t from, to; } written[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void note(int fd, off64_t from, off64_t to) {
  struct stat is;
  if (fstat(fd, &is) != 0) return;
  pthread_mutex_lock(&lock);
  // who loses the slot to another is copied as a whole
  if (written[is.st_ino % SLOTS].inode != is.st_ino) {
    written[is.st_ino % SLOTS].inode = is.st_ino;
    written[is.st_ino % SLOTS].from = 0;
    written[is.st_ino % SLOTS].to = is.st_size;
  }
  if (from < written[is.st_ino % SLOTS].from) written[is.st_ino % SLOTS].from = from;
  if (to > written[is.st_ino % SLOTS].to) written[is.st_ino % SLOTS].to = to;
  pthread_mutex_unlock(&lock);
}

static void copy_file(int fd, const struct stat *is, const char *synced, const char *link) {
  char to[4200];
  snprintf(to, sizeof to, "%s/%llu", synced, (unsigned long long)is->st_ino);
  off64_t at = 0, end = is->st_size;
  pthread_mutex_lock(&lock);
  if (written[is->st_ino % SLOTS].inode == is->st_ino) {
    at = written[is->st_ino % SLOTS].from;
    if (written[is->st_ino % SLOTS].to < end) end = written[is->st_ino % SLOTS].to;
    written[is->st_ino % SLOTS].from = INT64_MAX;
    written[is->st_ino % SLOTS].to = 0;
  }
  pthread_mutex_unlock(&lock);
  // what can be read is not opened again: closing it would drop the locks of SQLite
  int from = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY ? open(link, O_RDONLY | O_CLOEXEC) : fd;
  int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  off64_t there = at;
  while (from >= 0 && out >= 0 && at < end && copy_file_range(from, &at, out, &there, end - at, 0) > 0) {}
  if (out >= 0) {
    if (ftruncate(out, is->st_size) != 0) unlink(to);
    close(out);
  }
  if (from >= 0 && from != fd) close(from);
}

static void copy_names(const struct stat *is, const char *synced, const char *path) {
  char to[4200];
  snprintf(to, sizeof to, "%s/names-%llu", synced, (unsigned long long)is->st_ino);
  DIR *folder = opendir(path);
  FILE *out = fopen(to, "we");
  struct dirent *it;
  while (folder && out && (it = readdir(folder))) {
    if (strcmp(it->d_name, ".") && strcmp(it->d_name, "..")) {
      fprintf(out, "%c %llu %s\n", it->d_type == DT_DIR ? 'd' : 'f', (unsigned long long)it->d_ino, it->d_name);
    }
  }
  if (out) fclose(out);
  if (folder) closedir(folder);
}

static void synced(int fd) {
  char link[64], path[4096], aside[4160];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = 0;
  char *state = strstr(path, "/state-");
  if (!state) return;
  char *end = strchr(state + 1, '/');
  snprintf(aside, sizeof aside, "%.*s.synced", (int)(end ? end - path : length), path);
  struct stat is;
  if (access(aside, F_OK) != 0 || fstat(fd, &is) != 0) return;
  if (S_ISDIR(is.st_mode)) copy_names(&is, aside, path);
  else copy_file(fd, &is, aside, link);
}

static __thread struct { size_t length; long left; char state[4096]; } full;

// How much of a write finds room; -1 for none.
static ssize_t room(int fd, size_t count) {
  if (!full.length || count == 0) return count;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= (ssize_t)full.length || memcmp(path, full.state, full.length) || path[full.length] != '/') return count;
  if (full.left-- > 0) return count;
  if (full.left == -1 && count > 1) return count / 2;
  errno = ENOSPC;
  return -1;
}

int mkdir(const char *path, mode_t mode) {
  int (*libc)(const char *, mode_t) = (int (*)(const char *, mode_t))dlsym(RTLD_NEXT, "mkdir");
  const char *mark = strstr(path, ".full-");
  int done = libc(path, mode);
  if (done == 0 && mark && (size_t)(mark - path) < sizeof full.state) {
    full.length = mark - path;
    memcpy(full.state, path, full.length);
    full.left = atol(mark + 6);
  }
  return done;
}

int rmdir(const char *path) {
  int (*libc)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "rmdir");
  if (strstr(path, ".full-")) full.length = 0;
  return libc(path);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*libc)(int, const void *, size_t);
  if (!libc) libc = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  ssize_t fits = room(fd, count);
  return fits < 0 ? -1 : libc(fd, bytes, fits);
}

int fsync(int fd) {
  int (*libc)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  int done = libc(fd);
  if (done == 0) synced(fd);
  return done;
}

int fdatasync(int fd) {
  int (*libc)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  int done = libc(fd);
  if (done == 0) synced(fd);
  return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  static ssize_t (*libc)(int, const void *, size_t, off64_t);
  if (!libc) libc = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  ssize_t fits = room(fd, count);
  ssize_t done = fits < 0 ? -1 : libc(fd, bytes, fits, at);
  if (done > 0) note(fd, at, at + done);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }
