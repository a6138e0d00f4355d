package io.rowwise.backend.cuda.ptx;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a PTX text declares: enough of it to check a launch, without its instructions, which are the
 * driver's to judge.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 *
 * @param version its {@code .version}: {@code 8.5}
 * @param target its {@code .target}: {@code sm_75}
 * @param entries its kernels by their names
 */
public record PtxText(String version, String target, Map<String, PtxEntry> entries) {
  private static final Set<String> TYPES =
      Set.of(
          ".u8",
          ".u16",
          ".u32",
          ".u64",
          ".s8",
          ".s16",
          ".s32",
          ".s64",
          ".b8",
          ".b16",
          ".b32",
          ".b64",
          ".b128",
          ".f16",
          ".f16x2",
          ".f32",
          ".f64",
          ".texref",
          ".samplerref",
          ".surfref");

  /**
   * Reads one.
   *
   * @throws PtxException if this cannot be PTX
   */
  public static PtxText parse(String ptx) {
    int zero = ptx.indexOf('\0');
    if (zero >= 0) {
      int line = 1 + (int) ptx.substring(0, zero).chars().filter(c -> c == '\n').count();
      throw new PtxException(line, "a zero character, where the driver would end the text");
    }
    return new Parser(ptx).parse();
  }

  private static final class Parser {
    private final PtxTokens tokens;
    private final Map<String, PtxEntry> entries = new TreeMap<>();

    Parser(String ptx) {
      this.tokens = new PtxTokens(ptx);
    }

    PtxText parse() {
      if (!tokens.accept(".version")) {
        throw tokens.error(
            "wanted .version first, found "
                + tokens.shown()
                + "; CUDA C++ is for CudaModule.ofSource");
      }
      String version = tokens.next();
      String target = "";
      while (!tokens.atEnd()) {
        switch (tokens.next()) {
          case ".target" -> target = tokens.nextName();
          case ".entry" -> parseEntry();
          case "{" -> tokens.skipBody();
          case "}" -> throw tokens.error("a } too many");
          default -> {
            // Variables, functions and all else that is no kernel.
          }
        }
      }
      return new PtxText(version, target, Collections.unmodifiableMap(entries));
    }

    private void parseEntry() {
      String name = tokens.nextName();
      List<PtxParameter> parameters = new ArrayList<>();
      if (tokens.accept("(") && !tokens.accept(")")) {
        do {
          parameters.add(parseParameter());
        } while (tokens.accept(","));
        if (!tokens.accept(")")) {
          throw tokens.error("wanted `,` or `)` after a parameter, found " + tokens.shown());
        }
      }
      List<Integer> threads = List.of();
      boolean exact = false;
      while (!tokens.at("{") && !tokens.at(";")) {
        String directive = tokens.next();
        if (directive.equals(".maxntid") || directive.equals(".reqntid")) {
          threads = parseThreads();
          exact = directive.equals(".reqntid");
        }
      }
      if (tokens.accept(";")) {
        // Declared only.
        return;
      }
      tokens.next();
      tokens.skipBody();
      if (entries.put(name, new PtxEntry(name, List.copyOf(parameters), threads, exact)) != null) {
        throw tokens.error("there are two kernels of the name " + name);
      }
    }

    private PtxParameter parseParameter() {
      tokens.expect(".param");
      String type = "";
      boolean pointer = false;
      boolean plain = true;
      int alignment = 0;
      while (tokens.atDirective()) {
        String directive = tokens.next();
        if (TYPES.contains(directive)) {
          type = directive;
        } else if (directive.equals(".ptr")) {
          pointer = true;
        } else if (directive.equals(".align")) {
          int value = tokens.nextNumber();
          // After .ptr it is that of what is pointed to.
          alignment = pointer ? alignment : value;
        } else {
          // After .ptr a state space; else a vector, or what came after this was written.
          plain &= pointer;
        }
      }
      if (type.isEmpty()) {
        throw tokens.error("a parameter without a type");
      }
      tokens.nextName();
      if (tokens.accept("[")) {
        plain = false;
        tokens.nextNumber();
        tokens.expect("]");
      }
      plain &= alignment == 0 || type.endsWith(String.valueOf(alignment * Byte.SIZE));
      return new PtxParameter(type, pointer, plain);
    }

    private List<Integer> parseThreads() {
      List<Integer> threads = new ArrayList<>();
      do {
        threads.add(tokens.nextNumber());
      } while (tokens.accept(","));
      return List.copyOf(threads);
    }
  }
}
