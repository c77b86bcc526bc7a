import Diffusion
import Foundation
import Platform
import Testing

@Suite struct WorkingSizeTests {
  @Test(arguments: [
    // width, height, resolution, expected width, expected height
    [640, 480, 256, 256, 192], [640, 480, 512, 512, 384], [500, 333, 256, 256, 192],
    [500, 333, 512, 576, 384], [1024, 256, 256, 256, 64], [1024, 256, 512, 512, 128],
    [300, 200, 512, 576, 384], [1280, 720, 512, 512, 320], [640, 427, 512, 512, 384],
    [333, 500, 512, 384, 576], [500, 375, 512, 512, 384],
    // Where floating point loses a multiple.
    [98, 98, 256, 256, 256], [509, 509, 512, 512, 512], [98, 480, 256, 64, 256],
    [198, 98, 512, 512, 256], [288, 188, 512, 576, 384],
  ])
  func sizesOfTheReferencesRule(numbers: [Int]) throws {
    let size = try WorkingSize(
      fitting: numbers[0], by: numbers[1], resolution: numbers[2], multiple: 64)
    #expect(size == WorkingSize(width: numbers[3], height: numbers[4]))
    let turned = try WorkingSize(
      fitting: numbers[1], by: numbers[0], resolution: numbers[2], multiple: 64)
    #expect(turned == WorkingSize(width: numbers[4], height: numbers[3]))
  }

  /// The authors' formulas in fractions, and in floating point where that does not err.
  @Test func sizesAreThoseOfTheAuthorsFormulas() throws {
    struct Golden: Decodable {
      let columns: [String]
      let rows: [[Int]]
    }
    let path = try #require(Bundle.module.resourcePath) + "/Goldens/working-sizes.json"
    let golden = try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(golden.columns.count == 11 && golden.rows.count > 400)
    var differences = 0
    for row in golden.rows {
      let fitted = try WorkingSize(
        fitting: row[0], by: row[1], resolution: row[2], multiple: 64)
      #expect(fitted == WorkingSize(width: row[3], height: row[4]), "\(row)")
      let inside = try WorkingSize(
        within: row[0], by: row[1], resolution: row[2], multiple: 64)
      // A side of 0 is of no use.
      #expect(
        inside == WorkingSize(width: max(64, row[7]), height: max(64, row[8])), "\(row)")
      if row[3...4] != row[5...6] || row[7...8] != row[9...10] { differences += 1 }
    }
    #expect((1...golden.rows.count / 5).contains(differences))
  }

  @Test func sidesAreMultiplesWithTheShortOneRoundedUp() throws {
    for width in stride(from: 1, to: 700, by: 37) {
      for height in stride(from: 1, to: 700, by: 41)
      where max(width, height) < 40 * min(width, height) {
        for (resolution, multiple) in [(128, 16), (256, 64), (512, 8)] {
          let size = try WorkingSize(
            fitting: width, by: height, resolution: resolution, multiple: multiple)
          let (short, long) = (min(size.width, size.height), max(size.width, size.height))
          #expect(short > 0 && short % multiple == 0 && long % multiple == 0)
          #expect(short * max(width, height) >= min(width, height) * resolution)
          #expect((short - multiple) * max(width, height) < min(width, height) * resolution)
          #expect((size.width >= size.height) == (width >= height) || short == long)
        }
      }
    }
  }

  @Test func impossibleSizesAreRefused() {
    #expect(throws: ReportableError.self) {
      try WorkingSize(fitting: 0, by: 5, resolution: 256, multiple: 64)
    }
    #expect(throws: ReportableError.self) {
      try WorkingSize(fitting: 10, by: 10, resolution: 32, multiple: 64)
    }
    #expect(throws: ReportableError.self) {
      try WorkingSize(within: 10, by: 10, resolution: 63, multiple: 64)
    }
    #expect(throws: ReportableError.self) {
      try WorkingSize(within: 5, by: 0, resolution: 256, multiple: 64)
    }
    let error = #expect(throws: ReportableError.self) {
      try WorkingSize(fitting: 100_000, by: 1, resolution: 512, multiple: 64)
    }
    #expect(error?.message.contains("too elongated") == true)
  }
}
