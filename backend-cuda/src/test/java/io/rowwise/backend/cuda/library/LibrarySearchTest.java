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
  private int driver = LibrarySearch.ANY_DRIVER;

  private Path put(String folder, String file) throws IOException {
    Path at = Files.createDirectories(root.resolve(folder)).resolve(file);
    return Files.writeString(at, "");
  }

  private FoundLibrary find() throws LibraryMissingException {
    return new LibrarySearch(root, environment::get, named, driver).find(CudaLibrary.CUBLAS);
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
            + " -Drowwise.cuda.libraries, of the loader, of a CUDA toolkit or of Python's packages;"
            + " install it, or name its folder",
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
        "usr/lib/python3/dist-packages/nvidia/cublas/lib",
        "usr/local/lib/python3.12/dist-packages/nvidia/cu13/lib",
        "usr/local/lib/python3.12/site-packages/nvidia/cu13/lib",
        "opt/conda/lib/python3.11/site-packages/nvidia/cu13/lib",
        "opt/venv/lib/python3.12/site-packages/nvidia/cu13/lib",
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
    "VIRTUAL_ENV, home/environment, home/environment/lib/python3.12/site-packages",
    "CONDA_PREFIX, home/conda, home/conda/lib/python3.12/site-packages",
    "PATH, home/python/bin, home/python/lib/python3.12/site-packages",
    "PYTHONPATH, home/packages, home/packages",
    "HOME, home/me, home/me/.local/lib/python3.9/site-packages",
    "HOME, home/me, home/me/.pyenv/versions/3.11.7/lib/python3.11/site-packages",
  })
  void looksIntoThePackagesOfPython(String variable, String value, String packages)
      throws IOException, LibraryMissingException {
    put("home/python/bin", "python3");
    Path file = put(packages + "/nvidia/cu13/lib", "libcublas.so.13");
    put(packages + "/nvidia", "__init__.py");
    environment.put(variable, root.resolve(value).toString());

    assertEquals(new FoundLibrary(CudaLibrary.CUBLAS, 13, file), find());
  }

  @Test
  void followsAVirtualEnvironmentsPython() throws IOException, LibraryMissingException {
    Path python = put("home/python/bin", "python3.12");
    Path bin = Files.createDirectories(root.resolve("home/environment/bin"));
    Files.createSymbolicLink(bin.resolve("python3"), python);
    environment.put("PATH", root.resolve("nowhere") + File.pathSeparator + bin);
    Path base = put("home/python/lib/python3.12/site-packages/nvidia/cu13/lib", "libcublas.so.13");
    assertEquals(base.toRealPath(), find().path().toRealPath());

    String own = "home/environment/lib/python3.12/site-packages/nvidia/cublas/lib";
    Path closer = put(own, "libcublas.so.12");
    assertEquals(closer, find().path());
  }

  @Test
  void theNewestPythonComesFirst() throws IOException, LibraryMissingException {
    put("usr/local/lib/python3.9/site-packages/nvidia/cu13/lib", "libcublas.so.13");
    Path newer = put("usr/local/lib/python3.12/site-packages/nvidia/cu13/lib", "libcublas.so.13");

    assertEquals(newer, find().path());
  }

  /** As Python's wheels for CUDA 12 lay it out: a folder each. */
  @Test
  void findsEachLibraryInItsPackage() throws IOException, LibraryMissingException {
    String packages = "usr/local/lib/python3.12/site-packages/nvidia/";
    Path cublas = put(packages + "cublas/lib", "libcublas.so.12");
    Path light = put(packages + "cublas/lib", "libcublasLt.so.12");
    Path nvrtc = put(packages + "cuda_nvrtc/lib", "libnvrtc.so.12");

    assertEquals(List.of(light, cublas), find().preload());
    LibrarySearch search = new LibrarySearch(root, environment::get, named, driver);
    assertEquals(nvrtc, search.find(CudaLibrary.NVRTC).path());
  }

  /** Colons or semicolons, and nothing for the current folder: as the loader's manual says. */
  @Test
  void readsTheLoadersVariableAsTheLoaderDoes() throws IOException, LibraryMissingException {
    Path file = put("second", "libcublas.so.13");
    environment.put("LD_LIBRARY_PATH", root.resolve("first") + ";" + root.resolve("second"));
    assertEquals(file, find().path());

    assertEquals(
        List.of(Path.of("/a"), Path.of("").toAbsolutePath()), Folders.listedForLoader("/a:"));
    assertEquals(List.of(), Folders.listedForLoader(""));
  }

  @Test
  void aLibraryThatIsNewerThanTheDriverIsNotTaken() throws IOException, LibraryMissingException {
    Path newer = put("usr/lib64", "libcublas.so.13");
    driver = 12_080;
    assertEquals(
        "cuBLAS is missing: "
            + newer
            + " is for newer drivers than this one, which is for CUDA 12.8; update the driver, or"
            + " install libcublas.so.12 and name its folder with -Drowwise.cuda.libraries",
        missing());

    Path fitting =
        put("opt/conda/lib/python3.11/site-packages/nvidia/cublas/lib", "libcublas.so.12");
    assertEquals(fitting, find().path());
    driver = 13_000;
    assertEquals(newer, find().path());
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
