package io.rowwise.benchmarks.published;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * A POM of this project and its parents, as a reader sees them that knows no profiles, which is how
 * Gradle reads a POM from a repository.
 */
final class Pom {
  private static final Pattern PROPERTY = Pattern.compile("\\$\\{([^}]*)\\}");

  private final Path file;
  private final Element project;
  private final Pom parent;
  private final Map<String, String> properties = new HashMap<>();

  /** Reads a POM and, from the same tree, its parents. */
  Pom(Path file) throws IOException {
    this.file = file;
    this.project = read(file).getDocumentElement();
    Element itsParent = child(project, "parent");
    this.parent =
        itsParent == null
            ? null
            : new Pom(file.resolveSibling(relativePath(itsParent)).normalize());
    if (parent != null) {
      properties.putAll(parent.properties);
    }
    Element itsProperties = child(project, "properties");
    if (itsProperties != null) {
      children(itsProperties).forEach(one -> properties.put(one.getTagName(), text(one)));
    }
    for (String name : List.of("groupId", "artifactId", "version")) {
      properties.put("project." + name, inherited(name));
    }
  }

  private static String relativePath(Element parent) {
    String path = childText(parent, "relativePath");
    return path.isEmpty() ? "../pom.xml" : path;
  }

  private static Document read(Path file) throws IOException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      return factory.newDocumentBuilder().parse(file.toFile());
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** Every POM that is published, by its folder: all modules but those that are not deployed. */
  static Map<String, Pom> published(Path root) throws IOException {
    Map<String, Pom> found = new HashMap<>();
    add(root, "", found);
    return found;
  }

  private static void add(Path root, String folder, Map<String, Pom> found) throws IOException {
    Pom pom = new Pom(root.resolve(folder).resolve("pom.xml"));
    if (Boolean.parseBoolean(pom.properties.get("maven.deploy.skip"))) {
      return;
    }
    found.put(folder, pom);
    for (Element module : pom.at("modules", "module")) {
      add(root, folder.isEmpty() ? text(module) : folder + "/" + text(module), found);
    }
  }

  String artifactId() {
    return properties.get("project.artifactId");
  }

  String version() {
    return properties.get("project.version");
  }

  String packaging() {
    String packaging = childText(project, "packaging");
    return packaging.isEmpty() ? "jar" : packaging;
  }

  Path file() {
    return file;
  }

  /** The version that a plugin has by {@code pluginManagement}. */
  String pluginVersion(String artifactId) {
    return Stream.concat(
            at("build", "pluginManagement", "plugins", "plugin").stream(),
            at("build", "plugins", "plugin").stream())
        .filter(plugin -> childText(plugin, "artifactId").equals(artifactId))
        .map(plugin -> interpolated(childText(plugin, "version")))
        .filter(version -> !version.isEmpty())
        .findFirst()
        .orElseThrow();
  }

  String property(String name) {
    return interpolated(properties.getOrDefault(name, ""));
  }

  /** Its dependencies, without those that only its own tests need. */
  List<Dependency> dependencies() {
    return at("dependencies", "dependency").stream()
        .map(this::dependency)
        .filter(dependency -> !dependency.scope().equals("test"))
        .toList();
  }

  private Dependency dependency(Element element) {
    Dependency declared = declared(element);
    if (!declared.version().isEmpty()) {
      return declared;
    }
    for (Pom pom = this; pom != null; pom = pom.parent) {
      for (Element elsewhere : pom.at("dependencyManagement", "dependencies", "dependency")) {
        Dependency managed = declared(elsewhere);
        if (managed.key().equals(declared.key())) {
          return declared.withVersion(managed.version());
        }
      }
    }
    return declared;
  }

  private Dependency declared(Element element) {
    return new Dependency(
        interpolated(childText(element, "groupId")),
        interpolated(childText(element, "artifactId")),
        interpolated(childText(element, "version")),
        interpolated(childText(element, "type")),
        interpolated(childText(element, "classifier")),
        interpolated(childText(element, "scope")));
  }

  /** The profiles' elements. */
  List<Element> profiles() {
    return at("profiles", "profile");
  }

  private String interpolated(String text) {
    String before = text;
    for (int depth = 0; depth < 10; depth++) {
      String after =
          PROPERTY
              .matcher(before)
              .replaceAll(
                  match ->
                      Matcher.quoteReplacement(
                          properties.getOrDefault(match.group(1), match.group())));
      if (after.equals(before)) {
        return after;
      }
      before = after;
    }
    return before;
  }

  /** An element's text of this POM or of the nearest parent that has it. */
  private String inherited(String name) {
    String own = childText(project, name);
    return own.isEmpty() && parent != null ? parent.inherited(name) : own;
  }

  private List<Element> at(String... path) {
    List<Element> elements = List.of(project);
    for (String name : path) {
      List<Element> next = new ArrayList<>();
      for (Element element : elements) {
        children(element).filter(one -> one.getTagName().equals(name)).forEach(next::add);
      }
      elements = next;
    }
    return elements;
  }

  static Element child(Element element, String name) {
    return children(element).filter(one -> one.getTagName().equals(name)).findFirst().orElse(null);
  }

  static String childText(Element element, String name) {
    Element child = child(element, name);
    return child == null ? "" : text(child);
  }

  private static Stream<Element> children(Element element) {
    return IntStream.range(0, element.getChildNodes().getLength())
        .mapToObj(element.getChildNodes()::item)
        .filter(node -> node.getNodeType() == Node.ELEMENT_NODE)
        .map(Element.class::cast);
  }

  private static String text(Element element) {
    return element.getTextContent().strip();
  }

  /** A dependency with what is known of it, everything else empty. */
  record Dependency(
      String groupId,
      String artifactId,
      String version,
      String type,
      String classifier,
      String scope) {
    String key() {
      return String.join(":", groupId, artifactId, type, classifier);
    }

    Dependency withVersion(String other) {
      return new Dependency(groupId, artifactId, other, type, classifier, scope);
    }

    /** Whether a reader could ask a repository for it. */
    boolean isComplete() {
      return !groupId.isEmpty()
          && !artifactId.isEmpty()
          && !version.isEmpty()
          && Stream.of(groupId, artifactId, version, type, classifier, scope)
              .noneMatch(part -> part.contains("${"));
    }
  }
}
