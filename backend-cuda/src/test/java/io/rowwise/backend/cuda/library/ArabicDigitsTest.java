package io.rowwise.backend.cuda.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of files where the JVM's own digits are Arabic ones. */
final class ArabicDigitsTest {
  private final Locale before = Locale.getDefault();

  @TempDir Path root;

  @BeforeEach
  void setLocale() {
    Locale.setDefault(Locale.forLanguageTag("ar-SA-u-nu-arab"));
  }

  @AfterEach
  void restore() {
    Locale.setDefault(before);
  }

  private FoundLibrary find(CudaLibrary library) throws LibraryMissingException {
    return new LibrarySearch(root, variable -> null, null, LibrarySearch.ANY_DRIVER).find(library);
  }

  @Test
  void aLibraryAndThoseBesideItAreFound() throws IOException, LibraryMissingException {
    Path folder = Files.createDirectories(root.resolve("usr/lib/x86_64-linux-gnu"));
    Path cublas = Files.createFile(folder.resolve("libcublas.so.12"));
    Path beside = Files.createFile(folder.resolve("libcublasLt.so.12"));
    Path nvrtc = Files.createFile(folder.resolve("libnvrtc.so.12"));
    Path builtins = Files.createFile(folder.resolve("libnvrtc-builtins.so.12.4"));

    FoundLibrary found = find(CudaLibrary.CUBLAS);

    assertEquals(cublas, found.path());
    assertEquals(List.of(beside, cublas), found.preload());
    assertEquals(List.of(builtins, nvrtc), find(CudaLibrary.NVRTC).preload());
  }

  @Test
  void theNewestToolkitIsFound() throws IOException, LibraryMissingException {
    for (String toolkit : List.of("cuda-12.9", "cuda-12.10")) {
      Files.createFile(
          Files.createDirectories(root.resolve("usr/local/" + toolkit + "/lib64"))
              .resolve("libcublas.so.12"));
    }

    assertEquals(
        root.resolve("usr/local/cuda-12.10/lib64/libcublas.so.12"),
        find(CudaLibrary.CUBLAS).path());
  }

  @Test
  void whatIsMissingIsNamedAsItsFileIs() throws IOException {
    String missing =
        assertThrows(LibraryMissingException.class, () -> find(CudaLibrary.CUBLAS)).getMessage();
    assertEquals(
        missing,
        new String(missing.getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII));
    assertEquals("libcublas.so.12", CudaLibrary.CUBLAS.file(12));

    Path noLibrary = Files.writeString(root.resolve("libcublas.so.13"), "\177ELF" + "x".repeat(99));
    String message =
        assertThrows(
                LibraryMissingException.class,
                () ->
                    new FoundLibrary(CudaLibrary.CUBLAS, 13, noLibrary)
                        .bind("JCublas2", new byte[0]))
            .getMessage();
    assertEquals(
        message,
        new String(message.getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII));
  }
}
