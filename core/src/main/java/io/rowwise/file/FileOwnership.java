package io.rowwise.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Whose a file is and who may do what with it: what outlives the content. */
final class FileOwnership {
  private interface Change {
    void run() throws IOException;
  }

  private FileOwnership() {}

  static boolean isPosix(Path path) {
    return view(path, PosixFileAttributeView.class) != null;
  }

  /**
   * Gives one file the permissions of another, and its owner and group where the system allows it.
   *
   * @throws IOException if the permissions cannot be set
   */
  static void copy(Path from, Path to) throws IOException {
    PosixFileAttributeView posix = view(to, PosixFileAttributeView.class);
    if (posix != null) {
      try {
        copyPosix(view(from, PosixFileAttributeView.class).readAttributes(), posix);
      } catch (NoSuchFileException e) {
        if (Files.exists(from)) {
          throw e;
        }
      }
      return;
    }
    FileOwnerAttributeView owner = view(to, FileOwnerAttributeView.class);
    if (owner != null) {
      done(() -> owner.setOwner(view(from, FileOwnerAttributeView.class).getOwner()));
    }
    AclFileAttributeView acl = view(to, AclFileAttributeView.class);
    if (acl != null) {
      done(() -> acl.setAcl(view(from, AclFileAttributeView.class).getAcl()));
    }
  }

  private static void copyPosix(PosixFileAttributes old, PosixFileAttributeView posix)
      throws IOException {
    PosixFileAttributes now = posix.readAttributes();
    boolean groupKept = now.group().equals(old.group()) || done(() -> posix.setGroup(old.group()));
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    permissions.addAll(old.permissions());
    if (!groupKept) {
      // These were meant for others than those who are in the group now.
      restrict(permissions, PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
      restrict(permissions, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
      restrict(permissions, PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);
    }
    // Before the owner, after which this user may not be allowed to.
    if (!now.permissions().equals(permissions)) {
      posix.setPermissions(permissions);
    }
    if (!now.owner().equals(old.owner())) {
      done(() -> posix.setOwner(old.owner()));
    }
  }

  private static void restrict(
      Set<PosixFilePermission> permissions, PosixFilePermission group, PosixFilePermission others) {
    if (!permissions.contains(others)) {
      permissions.remove(group);
    }
  }

  /** Whether the system allowed it. */
  private static boolean done(Change change) {
    try {
      change.run();
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  private static <V extends FileAttributeView> V view(Path path, Class<V> type) {
    return Files.getFileAttributeView(path, type);
  }
}
