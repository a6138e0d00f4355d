package io.rowwise.backend.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.cuda.ptx.PtxTokens.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PtxTokensTest {
  private static List<String> tokens(String text) {
    List<String> all = new ArrayList<>();
    for (PtxTokens tokens = new PtxTokens(text); !tokens.atEnd(); ) {
      all.add(tokens.next());
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "mov.u32 %r1,-1;                 | mov.u32 %r1 , - 1 ;",
        "@!%p1 bra $L_2;                 | @ ! %p1 bra $L_2 ;",
        "st.shared::cta.u32 [%rd+4], %r; | st.shared::cta.u32 [ %rd + 4 ] , %r ;",
        "$L_2: ret;                      | $L_2 : ret ;",
        "a/* b */c//d                    | a c",
        "1.5e-3 1E+2 2e5                 | 1.5e-3 1E+2 2e5",
        "0x1e+4 0f3F80000e-4             | 0x1e + 4 0f3F80000e - 4",
        "%f-0d3FF0000000000000           | %f - 0d3FF0000000000000",
        ".file 1 \"a{b\"{                | .file 1 \"a{b\" {",
        "\u00e9x                         | \u00e9 x",
      })
  void areWordsNumbersStringsAndSymbols(String text, String separated) {
    assertEquals(List.of(separated.split(" ")), tokens(text));
  }

  @Test
  void areOfAKind() {
    PtxTokens tokens = new PtxTokens(".file 1 \"a\";");
    List<Kind> kinds = new ArrayList<>();
    while (!tokens.atEnd()) {
      kinds.add(tokens.kind());
      tokens.next();
    }
    kinds.add(tokens.kind());
    assertEquals(List.of(Kind.WORD, Kind.NUMBER, Kind.STRING, Kind.SYMBOL, Kind.END), kinds);
  }

  @Test
  void knowTheirLine() {
    PtxTokens tokens = new PtxTokens("a\n/* \n */ b // c\n d");
    List<Integer> lines = new ArrayList<>();
    while (!tokens.atEnd()) {
      lines.add(tokens.line());
      tokens.next();
    }
    assertEquals(List.of(1, 3, 4), lines);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n\"a", "\n\"a\n\"", "\n/* a", "\n/*/"})
  void mustEnd(String text) {
    PtxTokens tokens = new PtxTokens("ret" + text);
    assertEquals(2, assertThrows(PtxException.class, tokens::next).line());
  }

  @Test
  void thatAreNotTheWantedOnesAreShown() {
    PtxTokens tokens = new PtxTokens("a");
    assertEquals(
        "line 1: wanted `;`, found `a`",
        assertThrows(PtxException.class, () -> tokens.expect(";")).getMessage());
    assertEquals(
        "line 1: wanted a number, found `a`",
        assertThrows(PtxException.class, () -> tokens.expect(Kind.NUMBER)).getMessage());
    tokens.next();
    assertEquals(
        "line 1: wanted `;`, found the end of the text",
        assertThrows(PtxException.class, () -> tokens.expect(";")).getMessage());
  }
}
