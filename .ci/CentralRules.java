import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/**
 * Holds a folder that was deployed into against what Maven Central asks for, all but signatures and
 * a version that is no snapshot: {@code java .ci/CentralRules.java FOLDER}.
 */
final class CentralRules {
  private static final List<String> DESCRIBED = List.of("name", "description", "url");
  private static final Map<String, List<String>> LISTED =
      Map.of(
          "licenses", List.of("name", "url"),
          "developers", List.of("name"),
          "scm", List.of("connection", "developerConnection", "url"));
  private static final List<String> COORDINATES = List.of("groupId", "artifactId", "version");

  private final Map<String, Element> poms = new TreeMap<>();
  private final Set<String> broken = new TreeSet<>();
  private int files;

  public static void main(String[] arguments) throws Exception {
    CentralRules rules = new CentralRules();
    rules.check(Path.of(arguments[0]));
    rules.broken.forEach(System.err::println);
    System.out.printf(
        "%d artifacts, %d files, %d rules broken%n",
        rules.poms.size(), rules.files, rules.broken.size());
    if (rules.poms.isEmpty() || !rules.broken.isEmpty()) {
      System.exit(1);
    }
  }

  private void check(Path folder) throws Exception {
    List<Path> found;
    try (Stream<Path> walk = Files.walk(folder)) {
      found = walk.filter(Files::isRegularFile).sorted().toList();
    }
    files = found.size();
    for (Path file : found) {
      if (file.toString().endsWith(".pom")) {
        Element pom =
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(file.toFile())
                .getDocumentElement();
        poms.put(text(pom, "artifactId"), pom);
      }
    }
    for (Path file : found) {
      String name = file.getFileName().toString();
      if (name.endsWith(".pom")) {
        pom(file);
      }
      if (name.endsWith(".jar")) {
        licence(file);
      }
      if (!name.endsWith(".md5") && !name.endsWith(".sha1")) {
        checksum(file, ".md5", "MD5");
        checksum(file, ".sha1", "SHA-1");
      }
    }
  }

  private void pom(Path file) throws IOException {
    String stem = file.toString().replaceFirst("\\.pom$", "");
    String artifact = file.getParent().getParent().getFileName().toString();
    Element pom = poms.get(artifact);
    for (String name : DESCRIBED) {
      // A name and a description of its own; the rest is inherited.
      Element from = name.equals("url") ? having(pom, name) : pom;
      require(from != null && !text(from, name).isEmpty(), file + " has no " + name);
    }
    for (String name : COORDINATES) {
      require(having(pom, name) != null, file + " has no " + name);
    }
    LISTED.forEach(
        (list, parts) -> {
          Element from = having(pom, list);
          require(from != null, file + " has no " + list);
          if (from != null) {
            Element whole = child(from, list);
            Stream<Element> entries = list.equals("scm") ? Stream.of(whole) : children(whole);
            entries.forEach(
                entry ->
                    parts.forEach(
                        part ->
                            require(
                                !text(entry, part).isEmpty(),
                                file + " has no " + part + " in " + list)));
          }
        });
    if (!text(pom, "packaging").equals("pom")) {
      for (String ending : List.of(".jar", "-sources.jar", "-javadoc.jar")) {
        require(Files.exists(Path.of(stem + ending)), stem + ending + " is missing");
      }
    }
  }

  /** The nearest of a POM and its parents that has an element. */
  private Element having(Element pom, String name) {
    if (pom == null || child(pom, name) != null) {
      return pom;
    }
    Element parent = child(pom, "parent");
    return parent == null ? null : having(poms.get(text(parent, "artifactId")), name);
  }

  private void licence(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      Set<String> names =
          zip.stream().map(ZipEntry::getName).collect(Collectors.toCollection(TreeSet::new));
      for (String name : List.of("META-INF/LICENSE", "META-INF/NOTICE")) {
        require(names.contains(name), jar + " has no " + name);
      }
      String something =
          jar.toString().endsWith("-sources.jar")
              ? ".java"
              : jar.toString().endsWith("-javadoc.jar") ? ".html" : ".class";
      require(
          names.stream().anyMatch(name -> name.endsWith(something)), jar + " has no " + something);
    }
  }

  private void checksum(Path file, String ending, String algorithm)
      throws IOException, NoSuchAlgorithmException {
    Path sum = Path.of(file + ending);
    if (!Files.exists(sum)) {
      broken.add(sum + " is missing");
      return;
    }
    byte[] digest = MessageDigest.getInstance(algorithm).digest(Files.readAllBytes(file));
    require(
        Files.readString(sum).strip().equals(HexFormat.of().formatHex(digest)),
        sum + " is not of " + file);
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      broken.add(otherwise);
    }
  }

  private static Element child(Element element, String name) {
    return children(element).filter(one -> one.getTagName().equals(name)).findFirst().orElse(null);
  }

  private static Stream<Element> children(Element element) {
    List<Element> found = new ArrayList<>();
    IntStream.range(0, element.getChildNodes().getLength())
        .mapToObj(element.getChildNodes()::item)
        .filter(Element.class::isInstance)
        .forEach(node -> found.add((Element) node));
    return found.stream();
  }

  private static String text(Element element, String name) {
    Element child = element == null ? null : child(element, name);
    return child == null ? "" : child.getTextContent().strip();
  }
}
