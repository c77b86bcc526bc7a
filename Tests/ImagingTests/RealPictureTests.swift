import Foundation
import Imaging
import Platform
import Testing

/// The sample data in the official layouts; they lie outside the repository.
private enum SharedData {
  static let root: String = {
    if let path = ProcessInfo.processInfo.environment["INSTRUCTCV_SHARED_DATA"] { return path }
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { package.deleteLastPathComponent() }
    return package.appendingPathComponent("../shared/data").standardizedFileURL.path
  }()

  static var isPresent: Bool { FileManager.default.fileExists(atPath: root) }
}

// Without the sample data (INSTRUCTCV_SHARED_DATA) there is nothing to decode here.
@Suite(.enabled(if: SharedData.isPresent, "no sample data at INSTRUCTCV_SHARED_DATA"))
struct RealPictureTests {
  struct Case: Decodable {
    let path: String
    let size: [Int]
    let format: String
    let deep: String?
    let indices: String?
    let rgb: String?
    let grid: String?
  }

  struct Goldens: Decodable {
    let pictures: [Case]
  }

  /// PNG files to the bit; JPEG files by their means on a grid, since decoders of other libjpeg
  /// versions round differently by a level here and there.
  @Test func decodeAsPillowDoes() throws {
    var comparedCount = 0
    for test in try golden("real", as: Goldens.self).pictures {
      let path = SharedData.root + "/" + test.path
      guard FileManager.default.fileExists(atPath: path) else { continue }
      comparedCount += 1
      let image = try PictureFile.read(path)
      #expect([image.width, image.height] == test.size, "\(test.path)")
      if let deep = test.deep {
        let plane = try PNG.readGray16(path)
        let stored = plane.elements.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        #expect(hash(stored) == deep, "\(test.path)")
      }
      if let indices = test.indices, test.format == "PNG" {
        #expect(try hash(PNG.readIndices(path).elements) == indices, "\(test.path)")
      }
      if test.format == "PNG", let rgb = test.rgb {
        #expect(hash(image.pixels) == rgb, "\(test.path)")
      } else if let grid = test.grid {
        let means = image.resized(width: 8, height: 8, filter: .box)
        let difference = zip(means.pixels, try bytes(grid)).map { abs(Int($0) - Int($1)) }.max()
        #expect((difference ?? 255) <= 1, "\(test.path)")
      }
    }
    #expect(comparedCount > 0)
  }

  @Test func aPictureOfAnotherKindIsNamed() throws {
    let path = SharedData.root + "/oxford-iiit-pet/images/Abyssinian_34.jpg"
    guard FileManager.default.fileExists(atPath: path) else { return }
    let error = #expect(throws: ReportableError.self) { try PictureFile.read(path) }
    #expect(error?.description.contains("GIF") == true)
  }
}
