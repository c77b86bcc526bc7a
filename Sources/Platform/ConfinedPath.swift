/// File names that come from data (an index, an annotation) and must stay below one folder.
public enum ConfinedPath {
  /// `root/relative`, or an error when `relative` is absolute or climbs out of `root`.
  public static func join(_ root: String, _ relative: String) throws -> String {
    let parts = relative.split(separator: "/", omittingEmptySubsequences: true)
    guard !relative.hasPrefix("/"), !relative.isEmpty, !parts.contains(".."),
      !relative.utf8.contains(0)
    else {
      throw ReportableError(
        .badData, "names \(quoted(relative)), which leaves its folder; correct that entry",
        path: root)
    }
    return root.hasSuffix("/") ? root + relative : root + "/" + relative
  }
}
