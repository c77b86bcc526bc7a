/// What a file's first bytes say it is.
enum PictureFormat: Equatable {
  case png, jpeg
  case empty
  /// A known format that isn't read here.
  case foreign(String)
  case unknown

  init(of bytes: [UInt8]) {
    func starts(_ text: String, at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: text.utf8)
    }
    if bytes.isEmpty {
      self = .empty
    } else if bytes.starts(with: PNGChunks.signature) {
      self = .png
    } else if bytes.starts(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if starts("GIF8") {
      self = .foreign("a GIF picture")
    } else if starts("RIFF"), starts("WEBP", at: 8) {
      self = .foreign("a WebP picture")
    } else if bytes.starts(with: [0x49, 0x49, 0x2a, 0])
      || bytes.starts(with: [0x4d, 0x4d, 0, 0x2a])
    {
      self = .foreign("a TIFF picture")
    } else if starts("ftyp", at: 4) {
      self = .foreign(Self.isoMediaName(brand: bytes.dropFirst(8).prefix(4)))
    } else if starts("BM"), bytes.count > 26, bytes[6...9].allSatisfy({ $0 == 0 }) {
      self = .foreign("a BMP picture")
    } else if bytes.starts(with: [0, 0, 0, 12, 0x6a, 0x50]) {
      self = .foreign("a JPEG 2000 picture")
    } else if bytes.starts(with: [0xff, 0x0a]) || starts("JXL ", at: 4) {
      self = .foreign("a JPEG XL picture")
    } else if starts("version https://git-lfs") {
      self = .foreign("a Git-LFS pointer (run \"git lfs pull\" to get the picture)")
    } else if starts("PK\u{3}\u{4}") || bytes.starts(with: [0x1f, 0x8b]) {
      self = .foreign("an archive")
    } else if starts("%PDF") {
      self = .foreign("a PDF document")
    } else if let text = Self.textName(bytes.prefix(512)) {
      self = .foreign(text)
    } else {
      self = .unknown
    }
  }

  /// For the middle of an error message.
  var complaint: String {
    switch self {
    case .png: "is a PNG picture"
    case .jpeg: "is a JPEG picture"
    case .empty: "is empty"
    case .foreign(let name): "is neither PNG nor JPEG but looks like \(name)"
    case .unknown: "is neither PNG nor JPEG, nor any format known here"
    }
  }

  private static func isoMediaName(brand: ArraySlice<UInt8>) -> String {
    switch String(decoding: brand, as: UTF8.self) {
    case "avif", "avis": "an AVIF picture"
    case "heic", "heix", "hevc", "heim", "heis", "mif1", "msf1": "a HEIC picture"
    default: "a video"
    }
  }

  private static func textName(_ head: ArraySlice<UInt8>) -> String? {
    let isText = head.allSatisfy { $0 >= 0x20 && $0 != 0x7f || (9...13).contains($0) }
    guard isText else { return nil }
    let start = String(decoding: head, as: UTF8.self).lowercased()
      .drop { $0.isWhitespace || $0 == "\u{feff}" }
    if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") { return "an HTML page" }
    if start.hasPrefix("<svg") { return "an SVG drawing" }
    if start.hasPrefix("<?xml") { return start.contains("<svg") ? "an SVG drawing" : "XML text" }
    return "text"
  }
}
