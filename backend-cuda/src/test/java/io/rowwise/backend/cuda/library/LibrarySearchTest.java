package io.rowwise.backend.cuda.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In folders made for it, as if they were the whole machine. */
final class LibrarySearchTest {
  @TempDir Path root;
  private final Map<String, String> environment = new HashMap<>();
  private String named;

  private Path put(String folder, String file) throws IOException {
    Path at = Files.createDirectories(root.resolve(folder)).resolve(file);
    return Files.writeString(at, "");
  }

  private FoundLibrary find() throws LibraryMissingException {
    return new LibrarySearch(root, environment::get, named).find(CudaLibrary.CUBLAS);
  }

  private String missing() {
    return assertThrows(LibraryMissingException.class, this::find).getMessage();
  }

  @Test
  void saysWhereItWasLookedFor() throws IOException {
    put("usr/lib64", "libcublas.so.11");
    Files.createDirectories(root.resolve("usr/lib/libcublas.so.13"));

    assertEquals(
        "cuBLAS is missing: neither libcublas.so.12 nor libcublas.so.13 is in a folder of"
            + " -Drowwise.cuda.libraries, of the loader or of a CUDA toolkit; install it, or name"
            + " its folder",
        missing());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lib/x86_64-linux-gnu",
        "usr/lib/x86_64-linux-gnu",
        "lib64",
        "usr/lib64",
        "lib",
        "usr/lib",
        "usr/local/cuda/lib64",
        "usr/local/cuda/targets/x86_64-linux/lib",
        "usr/local/cuda-13.1/lib64",
        "usr/local/cuda-12.10/targets/x86_64-linux/lib",
        "opt/cuda/lib64",
      })
  void looksInTheUsualFolders(String folder) throws IOException, LibraryMissingException {
    Path file = put(folder, "libcublas.so.13");

    assertEquals(new FoundLibrary(CudaLibrary.CUBLAS, 13, file), find());
  }

  @Test
  void looksWhereTheEnvironmentSays() throws IOException, LibraryMissingException {
    Path toolkit = put("home/toolkit/lib64", "libcublas.so.13");
    environment.put("CUDA_HOME", root.resolve("home/toolkit").toString());
    assertEquals(toolkit, find().path());

    Path loader = put("home/loader", "libcublas.so.13");
    String folders = root.resolve("home/nothing") + File.pathSeparator + loader.getParent();
    environment.put("LD_LIBRARY_PATH", folders);
    assertEquals(loader, find().path());

    Path first = put("home/named", "libcublas.so.13");
    named = first.getParent() + File.pathSeparator;
    assertEquals(first, find().path());
  }

  @Test
  void aNamedFolderHasToBeThere() {
    named = root.resolve("nowhere").toString();

    assertEquals("-Drowwise.cuda.libraries names " + named + ", which is not a folder", missing());
  }

  @Test
  void aNamedFolderMayHaveNothing() throws IOException, LibraryMissingException {
    Path usual = put("usr/lib64", "libcublas.so.12");
    named = Files.createDirectory(root.resolve("empty")).toString();

    assertEquals(usual, find().path());
  }

  @Test
  void readsTheLoadersList() throws IOException, LibraryMissingException {
    put("etc/ld.so.conf.d", "b.conf");
    Files.writeString(
        root.resolve("etc/ld.so.conf"),
        "# a comment\ninclude ld.so.conf.d/*.conf # and another\n/last\n");
    Files.writeString(root.resolve("etc/ld.so.conf.d/a.conf"), "include /etc/more.conf\n");
    Files.writeString(root.resolve("etc/ld.so.conf.d/b.conf"), "/from/b\n/from/c # here\n");
    // Includes itself, as a careless hand may have written.
    Files.writeString(root.resolve("etc/more.conf"), "include /etc/more.conf\n/more\n");
    Path last = put("last", "libcublas.so.13");
    assertEquals(last, find().path());
    Path c = put("from/c", "libcublas.so.13");
    assertEquals(c, find().path());
    Path b = put("from/b", "libcublas.so.13");
    assertEquals(b, find().path());
    Path more = put("more", "libcublas.so.13");
    assertEquals(more, find().path());
  }

  @Test
  void theNewestToolkitComesFirst() throws IOException, LibraryMissingException {
    put("usr/local/cuda-12.9/lib64", "libcublas.so.12");
    Path newer = put("usr/local/cuda-12.10/lib64", "libcublas.so.12");
    assertEquals(newer, find().path());

    Path newest = put("usr/local/cuda-13/lib64", "libcublas.so.13");
    assertEquals(newest, find().path());

    Path chosen = put("usr/local/cuda/lib64", "libcublas.so.12");
    assertEquals(chosen, find().path());
  }

  @Test
  void ofTwoInAFolderTheOneThatTheBindingAsksForIsTaken()
      throws IOException, LibraryMissingException {
    put("usr/lib64", "libcublas.so.13");
    Path twelve = put("usr/lib64", "libcublas.so.12");

    assertEquals(new FoundLibrary(CudaLibrary.CUBLAS, 12, twelve), find());
  }

  @Test
  void whatItNeedsIsLoadedBeforeIt() throws IOException, LibraryMissingException {
    Path cublas = put("usr/lib64", "libcublas.so.13");
    put("usr/lib64", "libcublasLt.so.12");
    Path light = put("usr/lib64", "libcublasLt.so.13");

    assertEquals(List.of(light, cublas), find().preload());
  }

  @ParameterizedTest
  @CsvSource({
    "12, usr/lib64/libcublas.so.12",
    "13, 'usr/lib64/libcublas.so.13, JCublas2 relinked to it from libcublas.so.12'",
  })
  void saysWhatWasDone(int cuda, String said) throws IOException, LibraryMissingException {
    put("usr/lib64", "libcublas.so." + cuda);

    assertEquals(root + "/" + said, find().toString());
  }
}
