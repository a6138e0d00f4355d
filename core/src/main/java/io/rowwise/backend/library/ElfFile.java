package io.rowwise.backend.library;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a shared library for Linux on x86-64 or 64-bit Arm says about itself: its name, the
 * libraries and versions that it needs, the versions and symbols that it has. As the System V ABI
 * (ELF-64) and the Linux Standard Base (symbol versions) describe it; found by its section headers.
 * Every offset is checked before it is used.
 */
public final class ElfFile {
  private static final int HEADER_BYTES = 64;
  private static final int MAGIC = 0x464C457F; // 0x7F 'E' 'L' 'F'
  private static final byte CLASS_64 = 2;
  private static final byte LITTLE_ENDIAN = 1;
  private static final short SHARED_LIBRARY = 3;
  private static final short X86_64 = 62;
  private static final short ARM_64 = 183;

  private static final int DYNAMIC = 6;
  private static final int DYNAMIC_SYMBOLS = 11;
  private static final int VERSIONS_DEFINED = 0x6FFF_FFFD;
  private static final int VERSIONS_NEEDED = 0x6FFF_FFFE;
  private static final int VERSIONS_OF_SYMBOLS = 0x6FFF_FFFF;

  private static final long TAG_NEEDED = 1;
  private static final long TAG_NAME = 14;

  private static final int LONGEST_STRING = 4096;
  private static final int VERSION_INDEX = 0x7FFF;

  private record Section(int type, int offset, int size, int link, int info) {}

  /**
   * A name in the file's table of strings.
   *
   * @param offset where it is in the file
   */
  record Name(String text, int offset) {}

  /**
   * A version that is needed of a library.
   *
   * @param hashOffset where the version's hash is in the file
   */
  record NeededVersion(Name file, Name version, int hashOffset) {}

  private final String file;
  private final ByteBuffer bytes;
  private final List<Section> sections;
  private final List<Name> needed = new ArrayList<>();
  private final List<NeededVersion> neededVersions = new ArrayList<>();
  private final Map<Integer, String> definedVersions = new HashMap<>();
  private Name name;

  private ElfFile(String file, ByteBuffer content) throws ElfFormatException {
    this.file = file;
    this.bytes = content.order(ByteOrder.LITTLE_ENDIAN);
    requireHeader();
    this.sections = readSections();
    readDynamic();
    readNeededVersions();
    readDefinedVersions();
  }

  /**
   * Reads a file, as much of it as is needed.
   *
   * @throws ElfFormatException if it is not such a library
   */
  public static ElfFile read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new ElfFormatException(
            path.toString(), channel.size() + " bytes, wanted less than 2 GiB");
      }
      return new ElfFile(
          path.toString(), channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
    }
  }

  /**
   * Reads the bytes of a file.
   *
   * @param file its name, for messages
   * @throws ElfFormatException if it is not such a library
   */
  public static ElfFile of(String file, byte[] bytes) throws ElfFormatException {
    return new ElfFile(file, ByteBuffer.wrap(bytes));
  }

  /**
   * Reads the bytes of a file, from the start of a buffer to its limit; its position does not
   * count.
   *
   * @param file its name, for messages
   * @throws ElfFormatException if it is not such a library
   */
  public static ElfFile of(String file, ByteBuffer bytes) throws ElfFormatException {
    return new ElfFile(file, bytes.duplicate());
  }

  private ElfFormatException wrong(String message) {
    return new ElfFormatException(file, message);
  }

  private void requireHeader() throws ElfFormatException {
    if (bytes.limit() < HEADER_BYTES || bytes.getInt(0) != MAGIC) {
      throw wrong("is not an ELF file");
    }
    short machine = bytes.getShort(18);
    if (bytes.get(4) != CLASS_64
        || bytes.get(5) != LITTLE_ENDIAN
        || (machine != X86_64 && machine != ARM_64)) {
      throw wrong(
          String.format(
              Locale.ROOT,
              "is of class %d, byte order %d and machine %d, wanted 2, 1 and 62 for x86-64 or 183"
                  + " for 64-bit Arm",
              bytes.get(4),
              bytes.get(5),
              machine));
    }
    if (bytes.getShort(16) != SHARED_LIBRARY) {
      throw wrong(
          String.format(
              Locale.ROOT, "is of type %d, wanted 3, a shared library", bytes.getShort(16)));
    }
  }

  private List<Section> readSections() throws ElfFormatException {
    int count = Short.toUnsignedInt(bytes.getShort(60));
    int entry = Short.toUnsignedInt(bytes.getShort(58));
    if (count == 0 || entry != 64) {
      throw wrong(
          String.format(
              Locale.ROOT, "has %d section headers of %d bytes, wanted some of 64", count, entry));
    }
    int start = place("the section headers", bytes.getLong(40), (long) count * entry);
    List<Section> read = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int at = start + i * entry;
      int type = bytes.getInt(at + 4);
      boolean wanted =
          type == DYNAMIC
              || type == DYNAMIC_SYMBOLS
              || type == VERSIONS_DEFINED
              || type == VERSIONS_NEEDED
              || type == VERSIONS_OF_SYMBOLS
              || type == 3;
      // What is not looked at may be anywhere: a section without bytes in the file, say.
      int offset =
          wanted ? place("section " + i, bytes.getLong(at + 24), bytes.getLong(at + 32)) : 0;
      int size = wanted ? (int) bytes.getLong(at + 32) : 0;
      read.add(new Section(type, offset, size, bytes.getInt(at + 40), bytes.getInt(at + 44)));
    }
    return read;
  }

  /** An offset of so many bytes that are in the file. */
  private int place(String what, long offset, long size) throws ElfFormatException {
    if (offset < 0 || size < 0 || offset > bytes.limit() || size > bytes.limit() - offset) {
      throw wrong(
          String.format(
              Locale.ROOT,
              "%s would be %s bytes at %s, the file has %d",
              what,
              Long.toUnsignedString(size),
              Long.toUnsignedString(offset),
              bytes.limit()));
    }
    return (int) offset;
  }

  private Optional<Section> section(int type) {
    return sections.stream().filter(section -> section.type() == type).findFirst();
  }

  private Section strings(Section of) throws ElfFormatException {
    if (of.link() < 0 || of.link() >= sections.size()) {
      throw wrong(
          String.format(
              Locale.ROOT,
              "a section's strings are in section %d of %d",
              of.link(),
              sections.size()));
    }
    return sections.get(of.link());
  }

  private Name string(Section strings, long offset) throws ElfFormatException {
    if (offset < 0 || offset >= strings.size()) {
      throw wrong(
          String.format(
              Locale.ROOT,
              "a string would be at %d of a table of %d bytes",
              offset,
              strings.size()));
    }
    int start = strings.offset() + (int) offset;
    int limit = (int) Math.min(start + (long) LONGEST_STRING, strings.offset() + strings.size());
    int end = start;
    while (end < limit && bytes.get(end) != 0) {
      end++;
    }
    if (end == limit) {
      throw wrong(String.format(Locale.ROOT, "the string at %d has no end", start));
    }
    byte[] text = new byte[end - start];
    bytes.get(start, text);
    return new Name(new String(text, StandardCharsets.ISO_8859_1), start);
  }

  private void readDynamic() throws ElfFormatException {
    Section dynamic = section(DYNAMIC).orElseThrow(() -> wrong("has no dynamic section"));
    Section strings = strings(dynamic);
    for (int at = 0; at + 16 <= dynamic.size(); at += 16) {
      long tag = bytes.getLong(dynamic.offset() + at);
      long value = bytes.getLong(dynamic.offset() + at + 8);
      if (tag == TAG_NEEDED) {
        needed.add(string(strings, value));
      } else if (tag == TAG_NAME) {
        name = string(strings, value);
      } else if (tag == 0) {
        return;
      }
    }
  }

  private void readNeededVersions() throws ElfFormatException {
    Optional<Section> found = section(VERSIONS_NEEDED);
    if (found.isEmpty()) {
      return;
    }
    Section section = found.get();
    Section strings = strings(section);
    int at = 0;
    for (int i = 0; i < section.info(); i++) {
      int entry = within(section, at, 16);
      Name library = string(strings, Integer.toUnsignedLong(bytes.getInt(entry + 4)));
      int count = Short.toUnsignedInt(bytes.getShort(entry + 2));
      int next = forward(at, bytes.getInt(entry + 8));
      for (int j = 0; j < count; j++) {
        int version = within(section, next, 16);
        Name named = string(strings, Integer.toUnsignedLong(bytes.getInt(version + 8)));
        neededVersions.add(new NeededVersion(library, named, version));
        if (j + 1 < count) {
          next = forward(next, bytes.getInt(version + 12));
        }
      }
      if (i + 1 < section.info()) {
        at = forward(at, bytes.getInt(entry + 12));
      }
    }
  }

  private void readDefinedVersions() throws ElfFormatException {
    Optional<Section> found = section(VERSIONS_DEFINED);
    if (found.isEmpty()) {
      return;
    }
    Section section = found.get();
    Section strings = strings(section);
    int at = 0;
    for (int i = 0; i < section.info(); i++) {
      int entry = within(section, at, 20);
      int index = Short.toUnsignedInt(bytes.getShort(entry + 4));
      int aux = within(section, forward(at, bytes.getInt(entry + 12)), 8);
      Name named = string(strings, Integer.toUnsignedLong(bytes.getInt(aux)));
      definedVersions.put(index, named.text());
      if (i + 1 < section.info()) {
        at = forward(at, bytes.getInt(entry + 16));
      }
    }
  }

  private int within(Section section, int at, int size) throws ElfFormatException {
    if (at < 0 || at > section.size() - size) {
      throw wrong(
          String.format(
              Locale.ROOT,
              "an entry of %d bytes would be at %d of a section of %d",
              size,
              at,
              section.size()));
    }
    return section.offset() + at;
  }

  /** So that a chain of entries has an end. */
  private int forward(int at, int step) throws ElfFormatException {
    if (step <= 0 || step > Integer.MAX_VALUE - at) {
      throw wrong(
          String.format(
              Locale.ROOT, "the entry after the one at %d would be %d bytes further", at, step));
    }
    return at + step;
  }

  /** Its own name, {@code libcublas.so.13}, if it has one. */
  public Optional<String> name() {
    return Optional.ofNullable(name).map(Name::text);
  }

  /** The libraries that it needs. */
  public List<String> needed() {
    return needed.stream().map(Name::text).toList();
  }

  /** The names of the versions that its symbols have. */
  public Set<String> definedVersions() {
    return new TreeSet<>(definedVersions.values());
  }

  /** Its own name and where that is; null if it has none. */
  Name ownName() {
    return name;
  }

  List<Name> neededNames() {
    return needed;
  }

  List<NeededVersion> neededVersions() {
    return neededVersions;
  }

  /** The symbols among these that it does not have in that version. */
  public Set<String> missing(Collection<String> symbols, String version) throws ElfFormatException {
    Set<String> missing = new TreeSet<>(symbols);
    Section table = section(DYNAMIC_SYMBOLS).orElseThrow(() -> wrong("has no dynamic symbols"));
    Section strings = strings(table);
    Section versions =
        section(VERSIONS_OF_SYMBOLS).orElseThrow(() -> wrong("has no versions of its symbols"));
    for (int i = 0; i < table.size() / 24; i++) {
      int entry = within(table, i * 24, 24);
      boolean defined = bytes.getShort(entry + 6) != 0;
      if (defined) {
        int index = bytes.getShort(within(versions, i * 2, 2)) & VERSION_INDEX;
        if (version.equals(definedVersions.get(index))) {
          missing.remove(string(strings, Integer.toUnsignedLong(bytes.getInt(entry))).text());
        }
      }
    }
    return missing;
  }

  /**
   * Whether the name of a symbol lies in those bytes of the file, or begins before and ends there.
   */
  boolean hasSymbolNameIn(int from, int to) throws ElfFormatException {
    Section table = section(DYNAMIC_SYMBOLS).orElseThrow(() -> wrong("has no dynamic symbols"));
    Section strings = strings(table);
    for (int i = 0; i < table.size() / 24; i++) {
      int entry = within(table, i * 24, 24);
      Name symbol = string(strings, Integer.toUnsignedLong(bytes.getInt(entry)));
      int end = symbol.offset() + symbol.text().length();
      if (symbol.offset() < to && end > from) {
        return true;
      }
    }
    return false;
  }

  /**
   * Where the name of a symbol is that it needs of other libraries.
   *
   * @throws ElfFormatException if it needs none of that name, or another symbol's name shares bytes
   *     with it
   */
  int importedName(String symbol) throws ElfFormatException {
    Section table = section(DYNAMIC_SYMBOLS).orElseThrow(() -> wrong("has no dynamic symbols"));
    Section strings = strings(table);
    int found = -1;
    for (int i = 0; i < table.size() / 24; i++) {
      int entry = within(table, i * 24, 24);
      Name each = string(strings, Integer.toUnsignedLong(bytes.getInt(entry)));
      if (!each.text().endsWith(symbol)) {
        continue;
      }
      boolean defined = bytes.getShort(entry + 6) != 0;
      if (defined || found >= 0 || each.text().length() != symbol.length()) {
        throw wrong("has a further symbol " + each.text() + " beside the import " + symbol);
      }
      found = each.offset();
    }
    if (found < 0) {
      throw wrong("does not import " + symbol);
    }
    return found;
  }
}
