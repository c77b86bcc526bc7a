import Diffusion
import Foundation
import Imaging
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// XXH64 with seed 0: tells whether pictures and model files are still the same. No protection
/// against anyone who wants them to look the same.
///
/// Source: Yann Collet, "xxHash fast digest algorithm", XXH64. Golden: the xxhash library's digests
/// in this type's tests.
public struct ContentDigest: Sendable {
  private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
    0x9e37_79b1_85eb_ca87, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0x85eb_ca77_c2b2_ae63,
    0x27d4_eb2f_1656_67c5
  )

  private var lanes = SIMD4<UInt64>(
    primes.0 &+ primes.1, primes.1, 0, 0 &- primes.0)
  /// What does not fill a stripe of 32 bytes yet.
  private var rest: [UInt8] = []
  private var byteCount: UInt64 = 0

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount &+= UInt64(bytes.count)
    var bytes = bytes[...]
    if !rest.isEmpty {
      let taken = min(32 - rest.count, bytes.count)
      rest.append(contentsOf: bytes.prefix(taken))
      bytes = bytes.dropFirst(taken)
      guard rest.count == 32 else { return }
      lanes = rest.withUnsafeBytes { Self.mixed(lanes, $0) }
      rest.removeAll(keepingCapacity: true)
    }
    let whole = UnsafeRawBufferPointer(rebasing: bytes)
    let stripes = whole.count / 32 * 32
    lanes = Self.mixed(lanes, UnsafeRawBufferPointer(rebasing: whole[..<stripes]))
    rest.append(contentsOf: whole[stripes...])
  }

  public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// Sixteen hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private var value: UInt64 {
    let (p1, p2, p3, p4, p5) = Self.primes
    var hash: UInt64
    if byteCount >= 32 {
      hash =
        Self.rotated(lanes[0], 1) &+ Self.rotated(lanes[1], 7) &+ Self.rotated(lanes[2], 12)
        &+ Self.rotated(lanes[3], 18)
      for index in 0..<4 { hash = (hash ^ Self.round(0, lanes[index])) &* p1 &+ p4 }
    } else {
      hash = p5
    }
    hash &+= byteCount
    var rest = rest[...]
    func take(_ count: Int) -> UInt64 {
      var word: UInt64 = 0
      for (index, byte) in rest.prefix(count).enumerated() { word |= UInt64(byte) << (8 * index) }
      rest = rest.dropFirst(count)
      return word
    }
    while rest.count >= 8 {
      hash = Self.rotated(hash ^ Self.round(0, take(8)), 27) &* p1 &+ p4
    }
    if rest.count >= 4 { hash = Self.rotated(hash ^ (take(4) &* p1), 23) &* p2 &+ p3 }
    while !rest.isEmpty { hash = Self.rotated(hash ^ (take(1) &* p5), 11) &* p1 }
    hash = (hash ^ hash >> 33) &* p2
    hash = (hash ^ hash >> 29) &* p3
    return hash ^ hash >> 32
  }

  private static func mixed(
    _ lanes: SIMD4<UInt64>, _ stripes: UnsafeRawBufferPointer
  ) -> SIMD4<UInt64> {
    var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: stripes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    for offset in stride(from: 0, to: stripes.count, by: 32) {
      a = round(a, word(offset))
      b = round(b, word(offset + 8))
      c = round(c, word(offset + 16))
      d = round(d, word(offset + 24))
    }
    return SIMD4(a, b, c, d)
  }

  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotated(lane &+ word &* primes.1, 31) &* primes.0
  }

  private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
    value &<< count | value &>> (64 - count)
  }
}

extension ContentDigest {
  /// The digest of size and pixels of `picture`.
  public static func of(_ picture: Image) -> String {
    var digest = ContentDigest()
    for side in [picture.width, picture.height] {
      withUnsafeBytes(of: UInt32(side).littleEndian) { digest.update($0) }
    }
    digest.update(picture.pixels)
    return digest.text
  }

  /// The digest of everything that a model is loaded from: all weights, configurations and
  /// vocabularies, with their places in the model's folder.
  ///
  /// A folder's files that could be taken in another case, variants for instance, count too.
  ///
  /// - Throws: ``ReportableError`` naming the file that can't be read.
  public static func of(_ files: ModelFiles) throws -> String {
    let folder =
      files.isSingleFile
      ? URL(fileURLWithPath: files.path).deletingLastPathComponent().path : files.path
    var paths = files.openedPaths
    if !files.isSingleFile { paths.formUnion(candidates(in: folder)) }
    if let tokenizer = files.tokenizerFolder { paths.formUnion(texts(in: tokenizer)) }
    func name(_ path: String) -> String {
      // A checkpoint is the same under any name, an autoencoder of elsewhere in any place.
      if path == files.path { return "" }
      return path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : "vae"
    }
    var digest = ContentDigest()
    for (name, path) in paths.map({ (name($0), $0) }).sorted(by: <) {
      digest.update(Array(name.utf8) + [0])
      digest.update(Array(try of(file: path).utf8))
    }
    return digest.text
  }

  private static func candidates(in folder: String) -> [String] {
    ["", "/unet", "/vae", "/text_encoder", "/tokenizer", "/scheduler"].flatMap { part in
      names(in: folder + part, ending: [".json", ".txt", ".safetensors", ".bin"])
    }
  }

  private static func texts(in folder: String) -> [String] {
    names(in: folder, ending: [".json", ".txt"])
  }

  private static func names(in folder: String, ending suffixes: [String]) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { name in
      suffixes.contains { name.hasSuffix($0) }
    }.map { "\(folder)/\($0)" }
  }

  static func of(file path: String) throws -> String {
    guard let file = fopen(path, "rb") else {
      throw ReportableError(
        .missingInput, "can't be opened: \(String(cString: strerror(errno)))", path: path)
    }
    defer { fclose(file) }
    var digest = ContentDigest()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { break }
      buffer.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
    guard ferror(file) == 0 else {
      throw ReportableError(.inputOutput, "can't be read", path: path)
    }
    return digest.text
  }
}
