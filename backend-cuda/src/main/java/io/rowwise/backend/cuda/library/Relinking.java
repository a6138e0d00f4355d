package io.rowwise.backend.cuda.library;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;

/**
 * Changes which library another one needs, in a copy of it, where both names are of the same
 * length: the name in its strings, and the hash by which the loader compares versions.
 */
final class Relinking {
  private Relinking() {}

  /**
   * A changed copy.
   *
   * @param file the library's name, for messages
   * @param library its bytes, which stay as they are
   * @param from the library that it needs, whose versions have the same name
   * @param to the one that it is to need
   * @throws ElfFormatException if it does not need that, or if the name is part of something else
   */
  static byte[] relink(String file, byte[] library, String from, String to)
      throws ElfFormatException {
    if (from.length() != to.length()) {
      throw new IllegalArgumentException(
          "relinking: %s and %s are not of the same length".formatted(from, to));
    }
    ElfFile elf = ElfFile.of(file, library);
    byte[] changed = library.clone();
    ByteBuffer bytes = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
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
          bytes.putInt(needed.hashOffset(), hash(to));
        }
      }
    }
    for (int at : names) {
      if (elf.hasSymbolNameIn(at, at + from.length())) {
        throw new ElfFormatException(file, "has a symbol whose name shares bytes with " + from);
      }
      bytes.put(at, to.getBytes(StandardCharsets.ISO_8859_1));
    }
    ElfFile relinked = ElfFile.of(file, changed);
    if (relinked.needed().contains(from) || !relinked.needed().contains(to)) {
      throw new ElfFormatException(file, "needs %s after relinking".formatted(relinked.needed()));
    }
    return changed;
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
