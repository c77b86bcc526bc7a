import Foundation
import Platform

/// Finds a model that is named by a path or, for embedded ones, by name.
public enum ModelLocator {
  /// The embedded model that answers when none is named.
  public static let defaultName = "default"

  /// A model as it was asked for and where it is.
  public struct Location: Hashable, Sendable {
    /// The name of an embedded model, or the absolute path of a folder or file.
    public let name: String
    /// The folder or the file.
    public let path: String
  }

  /// Where the model called `name` is. The name of an embedded model wins; `./default` is the folder
  /// of that name.
  ///
  /// - Throws: ``ReportableError`` (`missingInput`) with what could be named instead.
  public static func locate(_ name: String) throws -> Location {
    if let folder = embeddedFolder(name) { return Location(name: name, path: folder) }
    guard !name.isEmpty else {
      throw ReportableError(
        .usage, "--model needs a folder, a file or the name of an embedded model")
    }
    if FileManager.default.fileExists(atPath: name) {
      let path = URL(fileURLWithPath: name).standardizedFileURL.path
      return Location(name: path, path: path)
    }
    let embedded = embeddedNames
    if name == defaultName {
      throw ReportableError(
        .missingInput,
        "the embedded model is not beside the program (instructcv_Diffusion.resources); build it "
          + "with \"swift build -c release\", or name a model's folder with --model")
    }
    throw ReportableError(
      .missingInput,
      "is neither a model's folder or file nor an embedded model"
        + (embedded.isEmpty ? "" : " (\(embedded.joined(separator: ", ")))"), path: name)
  }

  /// Names of the models that came with the program.
  public static var embeddedNames: [String] {
    var names: Set<String> = []
    for root in roots {
      let entries = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
      names.formUnion(entries.filter { isModel("\(root)/\($0)") })
    }
    return names.sorted()
  }

  private static func embeddedFolder(_ name: String) -> String? {
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else { return nil }
    return roots.map { "\($0)/\(name)" }.first(where: isModel)
  }

  private static func isModel(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: folder + "/unet/config.json")
  }

  /// Beside the program, as the package manager puts it; else in the folder that it was built from.
  ///
  /// Not `Bundle.module`: that one stops the program when the resources are absent.
  private static let roots: [String] = {
    let bundle = "instructcv_Diffusion.resources"
    let package = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    var roots: [String] = []
    if let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      roots.append(
        URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent(bundle)
          .path)
    }
    return roots + [
      "\(package)/.build/release/\(bundle)", "\(package)/.build/debug/\(bundle)",
      "\(package)/Sources/Diffusion/Resources",
    ]
  }()
}
