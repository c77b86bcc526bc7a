/// How stored pixels have to be turned to stand upright; the raw values are those of EXIF.
enum PictureOrientation: Int, CaseIterable {
  case upright = 1
  case mirrored = 2
  case upsideDown = 3
  case mirroredUpsideDown = 4
  /// Rows and columns exchanged.
  case transposed = 5
  /// To be turned by 90 degrees clockwise.
  case quarterLeft = 6
  case transverse = 7
  /// To be turned by 90 degrees anticlockwise.
  case quarterRight = 8

  var exchangesSides: Bool { rawValue >= 5 }

  /// The orientation in a JPEG file's APP1 segment; upright when there is none or it is damaged.
  init(ofJPEG bytes: [UInt8]) {
    self = .upright
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xff {
      let marker = bytes[position + 1]
      if marker == 0xff {
        position += 1
        continue
      }
      // Picture data begins; what follows are no segments.
      if marker == 0xda || marker == 0xd9 { return }
      if (0xd0...0xd8).contains(marker) || marker == 0x01 {
        position += 2
        continue
      }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      guard length >= 2, position + 2 + length <= bytes.count else { return }
      let body = bytes[(position + 4)..<(position + 2 + length)]
      if marker == 0xe1, body.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) {
        self = Self(exif: body.dropFirst(6))
        return
      }
      position += 2 + length
    }
  }

  /// The orientation in a PNG file's eXIf chunk.
  init(ofPNG bytes: [UInt8]) {
    self = .upright
    for chunk in PNGChunks(bytes) where chunk.type == "eXIf" {
      self = Self(exif: bytes[chunk.body])
      return
    }
  }

  /// The orientation in a TIFF structure: its first directory, tag 0x0112, a 16-bit number.
  private init(exif: ArraySlice<UInt8>) {
    self = .upright
    let isLittleEndian = exif.starts(with: [0x49, 0x49, 0x2a, 0])
    guard isLittleEndian || exif.starts(with: [0x4d, 0x4d, 0, 0x2a]) else { return }
    func number(at offset: Int, bytes count: Int) -> Int? {
      guard offset >= 0, offset <= exif.count - count else { return nil }
      let field = exif[(exif.startIndex + offset)..<(exif.startIndex + offset + count)]
      return isLittleEndian
        ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(at: 4, bytes: 4),
      let entryCount = number(at: directory, bytes: 2)
    else { return }
    for entry in 0..<entryCount {
      let offset = directory + 2 + 12 * entry
      guard let tag = number(at: offset, bytes: 2) else { return }
      guard tag == 0x0112 else { continue }
      guard number(at: offset + 2, bytes: 2) == 3, let value = number(at: offset + 8, bytes: 2)
      else { return }
      self = Self(rawValue: value) ?? .upright
      return
    }
  }
}

extension Image {
  /// The picture turned upright.
  func oriented(_ orientation: PictureOrientation) -> Image {
    guard orientation != .upright else { return self }
    let (newWidth, newHeight) =
      orientation.exchangesSides ? (height, width) : (width, height)
    // The source index of pixel (x, y) is origin + x * alongX + y * alongY.
    let (right, down) = (3, 3 * width)
    let last = (x: right * (width - 1), y: down * (height - 1))
    let (origin, alongX, alongY) =
      switch orientation {
      case .upright: (0, right, down)
      case .mirrored: (last.x, -right, down)
      case .upsideDown: (last.x + last.y, -right, -down)
      case .mirroredUpsideDown: (last.y, right, -down)
      case .transposed: (0, down, right)
      case .quarterLeft: (last.y, -down, right)
      case .transverse: (last.x + last.y, -down, -right)
      case .quarterRight: (last.x, down, -right)
      }
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { output, count in
      pixels.withUnsafeBufferPointer { input in
        var target = 0
        for y in 0..<newHeight {
          var source = origin + y * alongY
          for _ in 0..<newWidth {
            output[target] = input[source]
            output[target + 1] = input[source + 1]
            output[target + 2] = input[source + 2]
            target += 3
            source += alongX
          }
        }
      }
      count = pixels.count
    }
    return Image(width: newWidth, height: newHeight, pixels: turned)
  }
}
