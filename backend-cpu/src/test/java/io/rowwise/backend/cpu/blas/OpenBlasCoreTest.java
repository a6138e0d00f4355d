package io.rowwise.backend.cpu.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.cpu.blas.OpenBlasCore.Circumstances;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class OpenBlasCoreTest {
  private static final List<String> AVX512 =
      List.of(
          "processor\t: 0",
          "vendor_id\t: AuthenticAMD",
          "flags\t\t: fpu sse2 fma avx avx2 avx512f avx512dq avx512cd avx512bw avx512vl",
          "bugs\t\t:");

  private static Circumstances usual() {
    return new Circumstances("Linux amd64", true, null, AVX512);
  }

  private static Circumstances withAvx2(String maker) {
    return new Circumstances(
        "Linux amd64", true, null, List.of("vendor_id\t: " + maker, "flags\t\t: fma avx avx2"));
  }

  @Test
  void anAvx512ProcessorGetsItsKernels() {
    assertEquals(Optional.empty(), usual().reasonAgainst());
    assertEquals(Optional.of("SkylakeX"), usual().wanted());
  }

  @Test
  void everythingElseIsLeftAlone() {
    List<String> withoutVl = List.of(AVX512.get(2).replace(" avx512vl", ""));
    Map.of(
            "Linux aarch64", new Circumstances("Linux aarch64", true, null, AVX512),
            "Windows", new Circumstances("Windows 11 amd64", true, null, AVX512),
            "=false", new Circumstances("Linux amd64", false, null, AVX512),
            "=Zen", new Circumstances("Linux amd64", true, "Zen", AVX512),
            "= is set", new Circumstances("Linux amd64", true, "", AVX512),
            "has no AVX", new Circumstances("Linux amd64", true, null, withoutVl),
            "no AVX-512", new Circumstances("Linux amd64", true, null, List.of()))
        .forEach(
            (word, circumstances) -> {
              String reason = circumstances.reasonAgainst().orElse("none");
              assertTrue(reason.contains(word), () -> word + " is not the reason: " + reason);
              assertEquals(Optional.empty(), circumstances.wanted());
            });
  }

  @Test
  void whatItWouldChooseIsToldWhereThatIsSure() {
    assertEquals(Optional.of("Zen"), withAvx2("AuthenticAMD").wanted());
    assertEquals(Optional.of("Haswell"), withAvx2("GenuineIntel").wanted());
    assertEquals(Optional.empty(), withAvx2("CentaurHauls").wanted());
    Circumstances users =
        new Circumstances("Linux amd64", true, "Haswell", withAvx2("AuthenticAMD").processor());
    assertEquals(Optional.empty(), users.wanted());
  }
}
