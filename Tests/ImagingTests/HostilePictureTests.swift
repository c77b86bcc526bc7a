import Foundation
import Imaging
import Platform
import Testing

@Suite struct HostilePictureTests {
  private static let image = samplePicture(width: 50, height: 40, seed: 21)

  /// Every reader gets the bytes; the error of the general one, if any.
  private func readAll(_ content: [UInt8], in folder: TemporaryFolder) throws -> ReportableError? {
    let path = folder.file("picture")
    try AtomicFile.write(content, to: path)
    for read: () throws -> Void in [
      { _ = try PNG.readGray16(path) }, { _ = try PNG.readIndices(path) },
      { _ = try PNG.readText(path) },
    ] {
      do {
        try read()
      } catch let error as ReportableError {
        #expect(error.path == path)
      }
    }
    do {
      let image = try PictureFile.read(path)
      #expect(image.pixels.count == image.width * image.height * 3)
      return nil
    } catch let error as ReportableError {
      #expect(error.path == path)
      return error
    }
  }

  @Test(arguments: [
    ("", "empty"), ("GIF89a......", "GIF"), ("RIFF....WEBPVP8 ", "WebP"),
    ("II*\u{0}........", "TIFF"), ("MM\u{0}*........", "TIFF"),
    ("....ftypheic....", "HEIC"), ("....ftypavif....", "AVIF"), ("....ftypisom....", "video"),
    ("<!DOCTYPE html><html>", "HTML"), ("  <html>404</html>", "HTML"),
    ("<svg xmlns=''/>", "SVG"), ("<?xml version='1'?><note/>", "XML"),
    ("version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
    ("%PDF-1.7", "PDF"), ("PK\u{3}\u{4}......", "archive"), ("plain words", "text"),
    ("\u{1}\u{2}\u{3}\u{4}\u{5}", "nor any format"),
  ])
  func saysWhatItIsInstead(_ test: (content: String, words: String)) throws {
    let folder = try TemporaryFolder()
    let error = try #require(try readAll(Array(test.content.utf8), in: folder))
    #expect(error.code == .badData && error.message.contains(test.words), "\(error)")
  }

  @Test func saysThatThereIsNoFile() throws {
    let folder = try TemporaryFolder()
    for path in [folder.file("none.png"), folder.path] {
      let error = #expect(throws: ReportableError.self) { try PictureFile.read(path) }
      #expect(error?.code == .missingInput)
    }
  }

  @Test func truncatedFilesAreErrors() throws {
    let folder = try TemporaryFolder()
    let files = [
      try PNG.encode(Self.image), try PNG.encode(Self.image.channel(0)),
      try PNG.encode(Self.image.channel(0).map { UInt16($0) * 257 }),
      try JPEG.encode(Self.image), try JPEG.encode(Self.image, quality: 100),
    ]
    for content in files {
      #expect(try readAll(content, in: folder) == nil)
      for part in 0..<16 {
        let error = try readAll(Array(content.prefix(content.count * part / 16)), in: folder)
        #expect(error?.code == .badData, "\(part)/16 of \(content.count) bytes")
      }
      #expect(try readAll(Array(content.dropLast()), in: folder) != nil)
      #expect(try readAll(Array(content.dropLast(2)), in: folder) != nil)
    }
  }

  @Test func bytesAfterTheEndAreIgnored() throws {
    let folder = try TemporaryFolder()
    for content in [try PNG.encode(Self.image), try JPEG.encode(Self.image)] {
      #expect(try readAll(content + [1, 2, 3, 0, 0xff], in: folder) == nil)
    }
  }

  @Test func damagedChecksumsAreErrors() throws {
    let folder = try TemporaryFolder()
    let content = try PNG.encode(Self.image, text: [("Comment", "hello")])
    // The checksums of IHDR and tEXt, and one byte inside IDAT.
    for index in [29, 33 + 8 + 13, content.count - 40] {
      var damaged = content
      damaged[index] ^= 1
      #expect(try readAll(damaged, in: folder)?.code == .badData, "byte \(index)")
    }
    var damagedText = content
    damagedText[33 + 8 + 9] ^= 1
    #expect(throws: ReportableError.self) { try PNG.text(in: damagedText) }
  }

  @Test func hugeSizesInTheHeaderAreErrors() throws {
    let folder = try TemporaryFolder()
    for (width, height) in [(65535, 65535), (0x7fff_ffff, 0x7fff_ffff), (0xffff_ffff, 1), (0, 5)] {
      var header: [UInt8] = []
      for value in [width, height] {
        header += bigEndian(value)
      }
      let png = try pngWithHeader(header + [8, 2, 0, 0, 0])
      #expect(try readAll(png, in: folder)?.code == .badData, "\(width)x\(height)")
    }
    var jpeg = try JPEG.encode(Self.image)
    let frame = try #require(
      (0..<(jpeg.count - 1)).first { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xc0 })
    jpeg.replaceSubrange((frame + 5)...(frame + 8), with: [0xff, 0xdc, 0xff, 0xdc])
    let error = try #require(try readAll(jpeg, in: folder))
    #expect(error.message.contains("65500x65500"))
    jpeg.replaceSubrange((frame + 5)...(frame + 8), with: [0, 0, 0, 0])
    #expect(try readAll(jpeg, in: folder)?.code == .badData)
  }

  /// A PNG file whose header chunk has the given content.
  private func pngWithHeader(_ header: [UInt8]) throws -> [UInt8] {
    var content = try PNG.encode(Self.image)
    content.replaceSubrange(16..<29, with: header)
    return withRepairedChecksums(content)
  }

  /// Gives every chunk of a PNG file the checksum that fits it, so that damage gets past that test.
  private func withRepairedChecksums(_ file: [UInt8]) -> [UInt8] {
    var content = file
    var position = 8
    while position + 12 <= content.count {
      let length = content[position..<(position + 4)].reduce(0) { ($0 << 8) | Int($1) }
      let end = position + 8 + length
      guard end + 4 <= content.count else { break }
      var crc: UInt32 = 0xffff_ffff
      for byte in content[(position + 4)..<end] {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xedb8_8320 : crc >> 1 }
      }
      content.replaceSubrange(end..<(end + 4), with: bigEndian(Int(~crc)))
      position = end + 4
    }
    return content
  }

  private func bigEndian(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8((value >> $0) & 0xff) }
  }

  @Test func textMayNotSwell() throws {
    let long = String(repeating: "a", count: 5 << 20)
    #expect(throws: ReportableError.self) {
      try PNG.encode(Image(width: 1, height: 1), text: [("Comment", long)])
    }
    // A zTXt chunk that swells to 20 MiB: the deflated samples of a black picture, whose rows are
    // zeros, serve as its text.
    let black = try PNG.encode(Plane<UInt8>(width: 8192, height: 2560, repeating: 0))
    var position = 8
    var deflated: [UInt8] = []
    while position + 12 <= black.count {
      let length = black[position..<(position + 4)].reduce(0) { ($0 << 8) | Int($1) }
      if black[position + 4] == 0x49, black[position + 5] == 0x44 {
        deflated += black[(position + 8)..<(position + 8 + length)]
      }
      position += 12 + length
    }
    try #require(deflated.count < 100_000)
    for size in [deflated.count, 200] {
      let body = Array("Comment".utf8) + [0, 0] + deflated.prefix(size)
      var content = try PNG.encode(Image(width: 1, height: 1))
      content.insert(
        contentsOf: bigEndian(body.count) + Array("zTXt".utf8) + body + [0, 0, 0, 0], at: 33)
      content = withRepairedChecksums(content)
      #expect(throws: ReportableError.self) { try PNG.text(in: content) }
      // The picture itself doesn't depend on its text.
      #expect(throws: Never.self) { try PictureFile.decode(content) }
    }
  }

  @Test func mutatedFilesNeverTrap() throws {
    struct Pictures: Decodable {
      struct Case: Decodable { let file: String }
      struct Text: Decodable { let file: String }
      let png: [Case]
      let jpeg: [Case]
      let oriented: [Case]
      let text: Text
    }
    let goldens: Pictures = try golden("pictures")
    let files =
      try
      (goldens.png.map(\.file) + goldens.jpeg.map(\.file) + goldens.oriented.map(\.file)
      + [goldens.text.file]).map(bytes)
    var noise = TestNoise(seed: 99)
    var limit = PictureLimit.standard
    limit.maximumPixelCount = 1 << 20
    var readCount = 0
    for round in 0..<8000 {
      var content = files[round / 2 % files.count]
      for _ in 0..<(1 + noise.below(4)) {
        let index = noise.below(content.count)
        switch noise.below(5) {
        case 0: content[index] = noise.byte()
        case 1: content[index] ^= UInt8(1 << noise.below(8))
        case 2: content.removeSubrange(index..<min(index + 1 + noise.below(8), content.count))
        case 3:
          content.insert(contentsOf: (0...noise.below(8)).map { _ in noise.byte() }, at: index)
        default: content[index] = [0, 0xff, 0x7f, 0x80][noise.below(4)]
        }
        if content.isEmpty { break }
      }
      if round % 2 == 0 { content = withRepairedChecksums(content) }
      if let image = try? PictureFile.decode(content, limit: limit) {
        readCount += 1
        #expect(image.pixels.count == image.width * image.height * 3)
      }
      _ = try? PNG.text(in: content)
    }
    // Most damage is noticed; in JPEG files some isn't noticeable.
    #expect(readCount < 5000)
  }
}
