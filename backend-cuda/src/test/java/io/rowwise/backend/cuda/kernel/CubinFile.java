package io.rowwise.backend.cuda.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the tests read out of a binary for GPUs. It is an ELF file; what CUDA adds to that is not
 * documented, and read here as {@code cuobjdump -elf} shows it.
 *
 * @param abi the version of CUDA's ELF files: a driver for CUDA 12 knows 7, one for CUDA 13 also 8
 * @param architecture 90 for {@code sm_90}
 * @param parametersOfKernel the sizes of each kernel's parameters, in bytes
 * @param registersOfKernel how many registers a thread of each kernel has
 * @param frameOfFunction how many bytes of local memory each function takes for itself: values that
 *     found no place in registers, and arrays
 */
record CubinFile(
    int abi,
    int architecture,
    Map<String, List<Integer>> parametersOfKernel,
    Map<String, Integer> registersOfKernel,
    Map<String, Integer> frameOfFunction) {
  private static final int MAGIC = 0x464C457F; // 0x7F 'E' 'L' 'F'
  private static final short CUDA = 190;
  private static final int SYMBOLS = 2;
  private static final String INFO = ".nv.info";

  private static final int WITH_SIZE = 4;
  private static final int FRAME_SIZE = 0x11;
  private static final int KERNEL_PARAMETER = 0x17;
  private static final int REGISTER_COUNT = 0x2F;

  private record Section(String name, int type, int offset, int size, int link) {}

  /** One entry of an info section, its bytes beginning at 0. */
  private record Attribute(int number, ByteBuffer value) {}

  static CubinFile of(String module, Binaries binaries) {
    return read(ByteBuffer.wrap(bytes(module, binaries)));
  }

  /** The file as it ships. */
  static byte[] bytes(String module, Binaries binaries) {
    String name = binaries.file(module);
    try (InputStream file =
        CubinFile.class.getResourceAsStream("/io/rowwise/backend/cuda/" + name)) {
      if (file == null) {
        throw new AssertionError(name + " is missing: run src/main/cuda/compile");
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static CubinFile read(ByteBuffer bytes) {
    ByteBuffer elf = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (elf.getInt(0) != MAGIC || elf.getShort(18) != CUDA) {
      throw new AssertionError("this is no ELF file for CUDA");
    }
    int abi = elf.get(8);
    int flags = elf.getInt(48);
    // The newer ABI has other things in the lowest byte.
    int architecture = abi < 8 ? flags & 0xFF : flags >> 8 & 0xFF;

    List<Section> sections = sections(elf);
    List<String> symbols = symbols(elf, sections);
    Map<String, List<Integer>> parameters = new TreeMap<>();
    Map<String, Integer> registers = new TreeMap<>();
    Map<String, Integer> frames = new TreeMap<>();
    for (Section section : sections) {
      if (section.name().equals(INFO)) {
        for (Attribute each : attributes(elf, section)) {
          if (each.number() == FRAME_SIZE || each.number() == REGISTER_COUNT) {
            String symbol = symbols.get(each.value().getInt(0));
            (each.number() == FRAME_SIZE ? frames : registers)
                .put(symbol, each.value().getInt(Integer.BYTES));
          }
        }
      } else if (section.name().startsWith(INFO + ".")) {
        Map<Integer, Integer> sizes = new TreeMap<>();
        for (Attribute each : attributes(elf, section)) {
          if (each.number() == KERNEL_PARAMETER) {
            sizes.put((int) each.value().getShort(4), each.value().getInt(8) >>> 18);
          }
        }
        parameters.put(
            section.name().substring(INFO.length() + 1), new ArrayList<>(sizes.values()));
      }
    }
    registers.keySet().retainAll(parameters.keySet());
    return new CubinFile(abi, architecture, parameters, registers, frames);
  }

  private static List<Section> sections(ByteBuffer elf) {
    int start = Math.toIntExact(elf.getLong(40));
    int count = elf.getShort(60);
    int names = start + 64 * elf.getShort(62);
    int strings = Math.toIntExact(elf.getLong(names + 24));
    List<Section> sections = new ArrayList<>();
    for (int at = start; at < start + 64 * count; at += 64) {
      sections.add(
          new Section(
              string(elf, strings + elf.getInt(at)),
              elf.getInt(at + 4),
              Math.toIntExact(elf.getLong(at + 24)),
              Math.toIntExact(elf.getLong(at + 32)),
              elf.getInt(at + 40)));
    }
    return sections;
  }

  private static List<String> symbols(ByteBuffer elf, List<Section> sections) {
    Section table =
        sections.stream().filter(section -> section.type() == SYMBOLS).findFirst().orElseThrow();
    int strings = sections.get(table.link()).offset();
    List<String> symbols = new ArrayList<>();
    for (int at = table.offset(); at < table.offset() + table.size(); at += 24) {
      symbols.add(string(elf, strings + elf.getInt(at)));
    }
    return symbols;
  }

  private static List<Attribute> attributes(ByteBuffer elf, Section section) {
    List<Attribute> attributes = new ArrayList<>();
    int at = section.offset();
    while (at < section.offset() + section.size()) {
      int size = elf.get(at) == WITH_SIZE ? elf.getShort(at + 2) : 0;
      ByteBuffer value = elf.slice(at + 4, size).order(ByteOrder.LITTLE_ENDIAN);
      attributes.add(new Attribute(elf.get(at + 1) & 0xFF, value));
      at += 4 + size;
    }
    return attributes;
  }

  private static String string(ByteBuffer elf, int start) {
    int end = start;
    while (elf.get(end) != 0) {
      end++;
    }
    byte[] text = new byte[end - start];
    elf.get(start, text);
    return new String(text, StandardCharsets.US_ASCII);
  }
}
