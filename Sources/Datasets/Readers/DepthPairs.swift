import Foundation
import Platform

/// Pictures with depth maps, listed in a text file: NYU Depth v2 in the two forms in which it is
/// passed around.
public struct DepthPairs: Sendable {
  /// A picture and its depth map.
  public struct Pair: Sendable, Hashable {
    /// `<folder>_<file stem>` of the picture: "kitchen_0028b_rgb_00045".
    public var id: String
    /// The picture.
    public var picturePath: String
    /// The depth map.
    public var depthPath: String
    /// Focal length in pixels, where the list gives one.
    public var focal: Double?
  }

  /// In the order of the list.
  public let pairs: [Pair]
  /// What the depth maps hold.
  public let encoding: DepthMap.Encoding

  /// The largest list that is read, in bytes.
  static let maximumByteCount = 64 << 20

  /// Reads a list of `picture depth focal` lines, parted by blanks, as the "sync" releases have
  /// them: depth in 16-bit millimetres. A leading / is dropped; pairs whose depth is "None" are
  /// left out.
  ///
  /// - Parameter folder: where the paths lead from.
  /// - Throws: ``ReportableError`` naming the file and line.
  public init(list path: String, folder: String) throws {
    encoding = .millimetres
    pairs = try Self.lines(path) { line in
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count == 2 || fields.count == 3 else {
        throw ReportableError(.badData, "is not \"picture depth focal\"")
      }
      if fields[1] == "None" { return nil }
      let focal = fields.count == 3 ? Double(fields[2]) : nil
      guard fields.count == 2 || (focal?.isFinite == true && focal ?? 0 > 0) else {
        throw ReportableError(.badData, "has \"\(fields[2])\" as focal length")
      }
      return try Self.pair(fields[0], fields[1], focal, folder)
    }
  }

  /// Reads a list of `picture,depth` lines, as the csv releases have them: depth in 8 bits for 10
  /// metres or in 16-bit millimetres, told from each file.
  ///
  /// - Parameter folder: where the paths lead from.
  /// - Throws: ``ReportableError`` naming the file and line.
  public init(csv path: String, folder: String) throws {
    encoding = .byBitDepth
    pairs = try Self.lines(path) { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard fields.count == 2, !fields[0].isEmpty, !fields[1].isEmpty else {
        throw ReportableError(.badData, "is not \"picture,depth\"")
      }
      return try Self.pair(fields[0][...], fields[1][...], nil, folder)
    }
  }

  private static func lines(
    _ path: String, _ read: (Substring) throws -> Pair?
  ) throws -> [Pair] {
    let text = try InputFile.text(at: path, maximumByteCount: maximumByteCount)
    let body = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
    var pairs: [Pair] = []
    for (number, line) in body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated() where line.contains(where: { !$0.isWhitespace })
    {
      do {
        if let pair = try read(line) { pairs.append(pair) }
      } catch let error as ReportableError {
        throw ReportableError(
          .badData, "line \(number + 1) \(error.message); correct that line", path: path)
      }
    }
    return pairs
  }

  private static func pair(
    _ picture: Substring, _ depth: Substring, _ focal: Double?, _ folder: String
  ) throws -> Pair {
    let relative = String(picture.drop { $0 == "/" })
    let parts = relative.split(separator: "/")
    let stem = ((parts.last.map(String.init) ?? "") as NSString).deletingPathExtension
    let parent = parts.count > 1 ? "\(parts[parts.count - 2])_" : ""
    return Pair(
      id: parent + stem, picturePath: try ConfinedPath.join(folder, relative),
      depthPath: try ConfinedPath.join(folder, String(depth.drop { $0 == "/" })), focal: focal)
  }
}
