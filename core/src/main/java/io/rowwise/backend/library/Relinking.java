package io.rowwise.backend.library;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Changes names in the file of a shared library, in their place: its own name, those of the
 * libraries and symbols that it needs, and texts that it reads. A new name is not longer than the
 * old one, so that nothing else moves.
 *
 * <p>All methods change the buffer that they are given, and refuse to where the bytes of the name
 * are part of something else as well.
 */
public final class Relinking {
  private Relinking() {}

  /**
   * A copy that needs another library.
   *
   * @param file the library's name, for messages
   * @param library its bytes, which stay as they are
   * @param from the library that it needs, whose versions have the same name
   * @param to the one that it is to need
   * @throws ElfFormatException if it does not need that, or if the name is part of something else
   */
  public static byte[] relink(String file, byte[] library, String from, String to)
      throws ElfFormatException {
    byte[] changed = library.clone();
    renameNeeded(file, ByteBuffer.wrap(changed), from, to);
    return changed;
  }

  /**
   * Changes which library another one needs: the name in its strings, and the hash by which the
   * loader compares versions.
   *
   * @param file the library's name, for messages
   * @param library all of its bytes, which are changed
   * @param from the library that it needs, whose versions may have the same name
   * @param to the one that it is to need
   * @throws ElfFormatException if it does not need that, or if the name is part of something else
   */
  public static void renameNeeded(String file, ByteBuffer library, String from, String to)
      throws ElfFormatException {
    requireRoom(from, to);
    ElfFile elf = ElfFile.of(file, library);
    Set<Integer> names = new TreeSet<>();
    for (ElfFile.Name needed : elf.neededNames()) {
      if (needed.text().equals(from)) {
        names.add(needed.offset());
      }
    }
    if (names.isEmpty()) {
      throw new ElfFormatException(file, "does not need " + from);
    }
    for (ElfFile.NeededVersion needed : elf.neededVersions()) {
      if (needed.file().text().equals(from)) {
        names.add(needed.file().offset());
        if (needed.version().text().equals(from)) {
          names.add(needed.version().offset());
        }
      }
    }
    for (int at : names) {
      requireAlone(elf, file, at, from);
    }
    for (ElfFile.NeededVersion needed : elf.neededVersions()) {
      if (names.contains(needed.version().offset())) {
        library.order(ByteOrder.LITTLE_ENDIAN).putInt(needed.hashOffset(), hash(to));
      }
    }
    for (int at : names) {
      put(library, at, from, to);
    }
    List<String> needed = ElfFile.of(file, library).needed();
    if (needed.contains(from) || !needed.contains(to)) {
      throw new ElfFormatException(file, "needs " + needed + " after relinking");
    }
  }

  /**
   * Changes a library's own name, by which the loader knows one that is loaded already.
   *
   * @param file the library's name, for messages
   * @param library all of its bytes, which are changed
   * @throws ElfFormatException if it has no name of that length, or if the name is part of
   *     something else
   */
  public static void rename(String file, ByteBuffer library, String to) throws ElfFormatException {
    ElfFile elf = ElfFile.of(file, library);
    ElfFile.Name name = elf.ownName();
    if (name == null) {
      throw new ElfFormatException(file, "has no name of its own");
    }
    requireRoom(name.text(), to);
    requireAlone(elf, file, name.offset(), name.text());
    put(library, name.offset(), name.text(), to);
  }

  /**
   * Changes which function of another library is called.
   *
   * @param file the library's name, for messages
   * @param library all of its bytes, which are changed
   * @param from a symbol that the library needs
   * @param to another symbol of the same library and version
   * @throws ElfFormatException if it does not need that symbol, or if the name is part of something
   *     else
   */
  public static void renameImport(String file, ByteBuffer library, String from, String to)
      throws ElfFormatException {
    requireRoom(from, to);
    int at = ElfFile.of(file, library).importedName(from);
    put(library, at, from, to);
  }

  /**
   * Changes a text in a library's constants. Where the new one is shorter, zeros follow it.
   *
   * @param file the library's name, for messages
   * @param library all of its bytes, which are changed
   * @param from the whole text, between two bytes of zero
   * @param to no longer than that
   * @throws ElfFormatException if the text is not there, or more than once
   */
  public static void replaceText(String file, ByteBuffer library, String from, String to)
      throws ElfFormatException {
    requireRoom(from, to);
    byte[] wanted = ("\0" + from + "\0").getBytes(StandardCharsets.ISO_8859_1);
    int found = find(library, wanted, 0);
    if (found < 0) {
      throw new ElfFormatException(file, "has no text " + from);
    }
    if (find(library, wanted, found + 1) >= 0) {
      throw new ElfFormatException(file, "has the text " + from + " more than once");
    }
    put(library, found + 1, from, to);
  }

  /** Looks at one byte in as many as there are wanted, mostly (Horspool). */
  private static int find(ByteBuffer library, byte[] wanted, int from) {
    int last = wanted.length - 1;
    int[] steps = new int[1 << Byte.SIZE];
    Arrays.fill(steps, wanted.length);
    for (int i = 0; i < last; i++) {
      steps[Byte.toUnsignedInt(wanted[i])] = last - i;
    }
    int at = from;
    while (at <= library.limit() - wanted.length) {
      byte end = library.get(at + last);
      if (end == wanted[last] && isAt(library, at, wanted)) {
        return at;
      }
      at += steps[Byte.toUnsignedInt(end)];
    }
    return -1;
  }

  private static boolean isAt(ByteBuffer library, int at, byte[] wanted) {
    for (int i = 0; i < wanted.length; i++) {
      if (library.get(at + i) != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  private static void requireRoom(String from, String to) {
    if (to.length() > from.length()) {
      throw new IllegalArgumentException("relinking: " + to + " is longer than " + from);
    }
  }

  private static void requireAlone(ElfFile elf, String file, int at, String name)
      throws ElfFormatException {
    if (elf.hasSymbolNameIn(at, at + name.length())) {
      throw new ElfFormatException(file, "has a symbol whose name shares bytes with " + name);
    }
  }

  private static void put(ByteBuffer library, int at, String from, String to) {
    byte[] text = to.getBytes(StandardCharsets.ISO_8859_1);
    library.put(at, Arrays.copyOf(text, from.length()));
  }

  /** The hash of a name (System V ABI, figure 5-13). */
  static int hash(String name) {
    int hash = 0;
    for (byte each : name.getBytes(StandardCharsets.ISO_8859_1)) {
      hash = (hash << 4) + Byte.toUnsignedInt(each);
      int high = hash & 0xF000_0000;
      hash ^= high >>> 24;
      hash &= ~high;
    }
    return hash;
  }
}
