import Datasets
import Imaging
import VisionTasks

/// A source of tiny pictures with one square of a changing category.
struct FakeSource: PictureSource {
  var name = "fake"
  var pictureCount = 20
  var categories = ["dog", "traffic light", "a/b", "cat", "zebra"]
  var tasks = Set(TaskKind.allCases)
  /// This picture can't be read.
  var broken: Int?

  func pictureID(at index: Int) -> String { "p\(index)" }
  func picturePath(at index: Int) throws -> String? { nil }

  func picture(at index: Int) throws -> Image {
    if index == broken {
      _ = try PictureFile.decode([1, 2, 3])
    }
    return Image(
      width: 24, height: 16, filledWith: Color(UInt8(index), 90, UInt8(200 - index)))
  }

  func annotations(at index: Int, of picture: Image) throws -> PictureAnnotations {
    var result = PictureAnnotations()
    let category = categories[index % 3]
    var mask = Mask(width: picture.width, height: picture.height, repeating: false)
    for y in 3..<12 { for x in 4..<14 { mask[x, y] = true } }
    result.regions = [.init(category: category, masks: [mask])]
    result.boxes = [
      .init(category: category, boxes: [Box(left: 4, top: 3, right: 14, bottom: 12)])
    ]
    result.depth = Plane(width: picture.width, height: picture.height, repeating: 2)
    result.present = [category]
    return result
  }
}
