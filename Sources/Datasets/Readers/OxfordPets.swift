import Foundation
import Imaging
import Platform

/// The Oxford-IIIT Pet data set: cats and dogs with breeds, trimaps and head boxes.
public struct OxfordPets: Sendable {
  /// What an animal is.
  public enum Species: Int, Sendable {
    case cat = 1
    case dog = 2

    /// "cat" or "dog".
    public var name: String { self == .cat ? "cat" : "dog" }
  }

  /// A picture of a list.
  public struct Entry: Sendable, Hashable {
    /// "Abyssinian_106".
    public var id: String
    /// 1 to 37.
    public var classID: Int
    /// Cat or dog.
    public var species: Species

    /// The id without its number, with blanks: "american bulldog".
    public var breed: String {
      id.split(separator: "_").dropLast().joined(separator: " ")
    }
  }

  /// Values of a trimap.
  public enum Region: UInt8, Sendable {
    case pet = 1
    case background = 2
    case border = 3
  }

  /// In the order of the list.
  public let entries: [Entry]
  private let root: String

  /// Reads `annotations/<list>.txt`.
  ///
  /// - Parameter list: "trainval" or "test".
  /// - Throws: ``ReportableError`` naming the file and line.
  public init(root: String, list: String = "trainval") throws {
    self.root = root
    let path = try ConfinedPath.join(root, "annotations/\(list).txt")
    let text = try InputFile.text(at: path, maximumByteCount: 16 << 20)
    entries = try text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated().compactMap { number, line in
        let fields = line.split(whereSeparator: \.isWhitespace)
        if fields.isEmpty || line.hasPrefix("#") { return nil }
        guard fields.count >= 3, let classID = Int(fields[1]), (1...37).contains(classID),
          let species = Int(fields[2]).flatMap(Species.init(rawValue:)),
          !fields[0].contains("/"), !fields[0].hasPrefix(".")
        else {
          throw ReportableError(
            .badData, "line \(number + 1) is not \"name class species breed\"; correct that line",
            path: path)
        }
        return Entry(id: String(fields[0]), classID: classID, species: species)
      }
  }

  /// The picture; PNG content is not rare under its .jpg names.
  public func picturePath(of entry: Entry) -> String { "\(root)/images/\(entry.id).jpg" }

  /// The regions of a picture as a file.
  public func trimapPath(of entry: Entry) -> String {
    "\(root)/annotations/trimaps/\(entry.id).png"
  }

  /// The regions of a picture: values of ``Region``.
  ///
  /// - Throws: ``ReportableError``, also for other values.
  public func trimap(of entry: Entry) throws -> Plane<UInt8> {
    let path = trimapPath(of: entry)
    let trimap = try PNG.readIndices(path)
    guard let odd = trimap.elements.first(where: { Region(rawValue: $0) == nil }) else {
      return trimap
    }
    throw ReportableError(
      .badData, "holds the value \(odd); trimaps hold 1, 2 and 3 - get the file again", path: path)
  }

  /// The boxes around heads; nil for the pictures without such a file, test pictures above all.
  ///
  /// Files count pixels from 1 and include the last one.
  /// - Throws: ``ReportableError`` for files that can't be understood.
  public func headBoxes(of entry: Entry) throws -> [Box]? {
    let path = "\(root)/annotations/xmls/\(entry.id).xml"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let document = try MarkupTree(
      InputFile.text(at: path, maximumByteCount: 1 << 20), path: path)
    return try document.descendants("object").compactMap { $0.descendants("bndbox").first }.map {
      box in
      let corners = try ["xmin", "ymin", "xmax", "ymax"].map { name -> Double in
        guard let text = box.descendants(name).first?.text, let value = Double(text),
          value.isFinite
        else {
          throw ReportableError(
            .badData, "has a box without a usable \(name); correct or remove the file", path: path)
        }
        return value
      }
      guard corners[0] <= corners[2], corners[1] <= corners[3] else {
        throw ReportableError(
          .badData, "has a box whose corners are swapped; correct or remove the file", path: path)
      }
      return Box(
        left: max(0, corners[0] - 1), top: max(0, corners[1] - 1), right: corners[2],
        bottom: corners[3])
    }
  }
}
