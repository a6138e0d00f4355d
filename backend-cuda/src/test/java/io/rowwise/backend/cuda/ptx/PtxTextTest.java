package io.rowwise.backend.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rowwise.backend.cuda.interpreter.PtxModule;
import io.rowwise.backend.cuda.ptx.PtxParameter.Argument;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of PTX before the driver sees it. */
final class PtxTextTest {
  private static final String HEAD = ".version 7.0\n.target sm_75\n.address_size 64\n";

  private static String resource(String name) {
    try (InputStream file = PtxTextTest.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static PtxEntry only(String declaration) {
    return PtxText.parse(HEAD + declaration).entries().values().iterator().next();
  }

  /** The interpreter's parser reads all of a text, on its own but for the tokens. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/io/rowwise/backend/cuda/reduction.ptx",
        "/io/rowwise/backend/cuda/training.ptx",
        "/io/rowwise/backend/cuda/log_softmax.ptx",
        "/io/rowwise/backend/cuda/interpreter/sample_softmax.ptx",
        "/io/rowwise/backend/cuda/interpreter/sample_elementwise.ptx",
        "/com/example/kernels/margin.ptx",
        "/com/example/kernels/online_softmax.ptx"
      })
  void agreesWithTheInterpreterAboutWhatNvccWrites(String name) {
    String ptx = resource(name);
    PtxModule module = PtxModule.parse(ptx);

    PtxText text = PtxText.parse(ptx);

    assertEquals(new TreeSet<>(module.kernels()), text.entries().keySet());
    assertFalse(module.kernels().isEmpty());
    text.entries()
        .forEach(
            (kernel, entry) -> {
              List<Integer> sizes =
                  entry.parameters().stream().map(PtxTextTest::plainBytes).toList();
              assertEquals(
                  module.parameters(kernel).stream()
                      .map(parameter -> parameter.bytes() > 8 ? 0 : parameter.bytes())
                      .toList(),
                  sizes,
                  kernel);
            });
    assertEquals("sm_75", text.target());
  }

  /** The size of one value, or 0 for a structure. */
  private static int plainBytes(PtxParameter parameter) {
    if (!parameter.isPlain()) {
      return 0;
    }
    return parameter.type().endsWith("64") ? 8 : 4;
  }

  @Test
  void readsVersionTargetAndSeveralKernels() {
    PtxText text =
        PtxText.parse(
            """
            // .version 1.0
            .version 8.5 /* .target sm_10 */
            .target sm_90a, texmode_independent
            .address_size 64
            .file 1 "a } .entry file(.param .u32 x) {"
            .global .align 4 .b8 table[8] = { 1, 2, { 3 } };
            .func (.param .b32 result) helper(.param .b32 x) { { ret; } }
            .visible .entry first(.param .u64 .ptr .global .align 4 x, .param .f32 y)
            .maxntid 128, 2
            .minnctapersm 2
            { // }
              .reg .b32 %r<2>;
              { bra L; /* { */ }
            L: ret;
            }
            .entry second
            {
              .pragma "{{{";
              ret;
            }
            .weak .entry $third_2()
            .reqntid 32
            { ret; }
            .extern .entry declared(.param .u32 x);
            """);

    assertEquals("8.5", text.version());
    assertEquals("sm_90a", text.target());
    assertEquals(
        List.of("$third_2()", "first(.u64 .ptr, .f32)", "second()"),
        text.entries().values().stream().map(PtxEntry::toString).toList());
  }

  private static final Set<Argument> NONE = EnumSet.noneOf(Argument.class);

  static Stream<Arguments> parametersTakeWhatFits() {
    return Stream.of(
        arguments(".u64 x", EnumSet.of(Argument.MATRIX, Argument.INT64)),
        arguments(".s64 x", EnumSet.of(Argument.MATRIX, Argument.INT64)),
        arguments(".b64 x", EnumSet.of(Argument.MATRIX, Argument.INT64, Argument.FLOAT64)),
        arguments(".u64 .ptr x", EnumSet.of(Argument.MATRIX)),
        arguments(".u64 .ptr .align 1 x", EnumSet.of(Argument.MATRIX)),
        arguments(".u64 .ptr .global .align 16 x", EnumSet.of(Argument.MATRIX)),
        arguments(".b64 .ptr .align 16 x", EnumSet.of(Argument.MATRIX)),
        arguments(".u32 x", EnumSet.of(Argument.INT32)),
        arguments(".s32 x", EnumSet.of(Argument.INT32)),
        arguments(".b32 x", EnumSet.of(Argument.INT32, Argument.FLOAT32)),
        arguments(".f32 x", EnumSet.of(Argument.FLOAT32)),
        arguments(".f64 x", EnumSet.of(Argument.FLOAT64)),
        arguments(".align 8 .f64 x", EnumSet.of(Argument.FLOAT64)),
        arguments(".align 4 .u32 x", EnumSet.of(Argument.INT32)),
        // It would not lie where its size says.
        arguments(".align 16 .u32 x", NONE),
        arguments(".align 8 .b8 x[24]", NONE),
        arguments(".b32 x[1]", NONE),
        arguments(".v2 .f32 x", NONE),
        arguments(".u8 x", NONE),
        arguments(".s16 x", NONE),
        arguments(".f16 x", NONE),
        arguments(".texref x", NONE));
  }

  @ParameterizedTest
  @MethodSource
  void parametersTakeWhatFits(String declaration, Set<Argument> taken) {
    PtxParameter parameter =
        only(".entry f(.param " + declaration + ") { ret; }").parameters().get(0);

    Set<Argument> actual = EnumSet.noneOf(Argument.class);
    for (Argument argument : Argument.values()) {
      if (parameter.takes(argument)) {
        actual.add(argument);
      }
    }
    assertEquals(taken, actual);
    assertEquals(taken.isEmpty(), parameter.wanted().startsWith("what cannot be passed"));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 1024, 1, 1, true",
    ".maxntid 128, 128, 1, 1, true",
    ".maxntid 128, 129, 1, 1, false",
    "'.maxntid 16, 8', 1, 128, 1, true",
    "'.maxntid 16, 8, 1', 16, 8, 2, false",
    ".reqntid 64, 64, 1, 1, true",
    ".reqntid 64, 32, 1, 1, false",
    ".reqntid 64, 32, 2, 1, false",
    "'.reqntid 8, 4, 2', 8, 4, 2, true",
    "'.reqntid 8, 4, 2', 4, 8, 2, false",
    // The product of these is not to wrap around.
    ".maxntid 128, 2147483647, 2147483647, 4, false"
  })
  void knowsHowManyThreadsAKernelWasCompiledFor(
      String directive, int x, int y, int z, boolean taken) {
    assertEquals(taken, only(".entry f() " + directive + "\n{ ret; }").takesThreads(x, y, z));
  }

  static Stream<Arguments> saysWhereItIsNotPtx() {
    return Stream.of(
        arguments("", "line 1: wanted .version first, found the end of the text"),
        arguments(
            "\n\n__global__ void f() {}", "line 3: wanted .version first, found `__global__`"),
        arguments("\u007fELF", "line 1: wanted .version first, found `\u007f`"),
        arguments(".version 7.0\n/* ", "line 2: a comment that does not end"),
        arguments(".version 7.0\n.file 1 \"a\nb\"", "line 2: a string that does not end"),
        arguments(".version 7.0\n}", "a } too many"),
        arguments(".version 7.0\n/*\n\n*/ .entry (", "line 4: wanted a name, found `(`"),
        arguments(HEAD + ".entry", "line 4: wanted a name, found the end of the text"),
        arguments(HEAD + ".entry (", "line 4: wanted a name, found `(`"),
        arguments(HEAD + ".entry .param {}", "line 4: wanted a name, found `.param`"),
        arguments(HEAD + ".entry f", "line 4: it ends in the middle of a statement"),
        arguments(HEAD + ".entry f {", "line 4: it ends in the middle of a statement"),
        arguments(HEAD + ".entry f(.reg .u32 x) {}", "line 4: wanted `.param`, found `.reg`"),
        arguments(HEAD + ".entry f(.param .u32", "wanted a name, found the end of the text"),
        arguments(HEAD + ".entry f(.param x) {}", "line 4: a parameter without a type"),
        arguments(HEAD + ".entry f(.param .u32 x .param .u32 y) {}", "wanted `,` or `)`"),
        arguments(HEAD + ".entry f(.param .b8 x[9999999999]) {}", "of at most 9 digits"),
        arguments(HEAD + ".entry f(.param .b8 x[-1]) {}", "wanted a number"),
        arguments(HEAD + ".entry f(.param .align 0x8 .b8 x[8]) {}", "wanted a number"),
        arguments(HEAD + ".entry f() .maxntid {}", "wanted a number"),
        arguments(HEAD + ".entry f() {} .entry f() {}", "two kernels of the name f"),
        arguments(HEAD + ".entry f() { ret; }\0", "line 4: a zero character"));
  }

  @ParameterizedTest
  @MethodSource
  void saysWhereItIsNotPtx(String text, String reason) {
    PtxException thrown = assertThrows(PtxException.class, () -> PtxText.parse(text));

    assertTrue(thrown.getMessage().startsWith("line " + thrown.line() + ": "), thrown.getMessage());
    assertTrue(thrown.getMessage().contains(reason), thrown.getMessage());
  }

  @Test
  void aMessageShowsNoMoreThanTheBeginningOfALongWord() {
    PtxException thrown =
        assertThrows(PtxException.class, () -> PtxText.parse("x".repeat(1_000_000)));

    assertTrue(thrown.getMessage().length() < 200, thrown.getMessage());
  }

  /** Whatever is left of a text, it is read or refused, with no other error and no endless loop. */
  @Test
  void mangledTextIsReadOrRefused() {
    String ptx = resource("/com/example/kernels/margin.ptx");
    String symbols = "{}()[],;.\"/*\n\\@ x9\u00e9\uffff";
    SplittableRandom random = new SplittableRandom(42);
    int refused = 0;
    for (int i = 0; i < 2_000; i++) {
      StringBuilder mangled = new StringBuilder(ptx);
      for (int edit = 0; edit <= i % 4; edit++) {
        // Mostly in the part with the declarations.
        int at = random.nextInt(random.nextBoolean() ? 400 : mangled.length());
        switch (random.nextInt(3)) {
          case 0 -> mangled.setCharAt(at, symbols.charAt(random.nextInt(symbols.length())));
          case 1 -> mangled.delete(at, Math.min(mangled.length(), at + random.nextInt(40)));
          default -> mangled.setLength(Math.max(500, at));
        }
      }
      try {
        PtxText.parse(mangled.toString());
      } catch (PtxException e) {
        refused++;
      } catch (RuntimeException e) {
        fail("for " + mangled, e);
      }
    }
    assertTrue(refused > 200 && refused < 1_900, refused + " of 2000 refused");
  }

  @Test
  void deepAndLongTextsAreReadWithoutARecursion() {
    String deep = "{".repeat(500_000) + "}".repeat(500_000);
    String wide = ".param .u64 x, ".repeat(100_000) + ".param .u32 y";

    assertEquals(1, PtxText.parse(HEAD + ".entry f() {" + deep + "}").entries().size());
    assertEquals(100_001, only(".entry f(" + wide + ") {}").parameters().size());
  }
}
