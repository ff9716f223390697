using System.Text;
using System.Xml;

namespace NeuralService.Inspection;

/// <summary>Writes a picture as SVG. Colours come by class and follow the viewer's light or dark mode; texts are escaped by the XML writer.</summary>
internal sealed class Picture
{
    private const string Style = """
        text { font-family: system-ui, sans-serif; font-size: 12px; fill: #1f2328; }
        .title { font-size: 15px; font-weight: 600; } .minor { fill: #59636e; }
        .page { fill: #ffffff; } .grid { stroke: #d8dee4; stroke-width: 1; } .frame { stroke: #59636e; stroke-width: 1; fill: none; }
        .first, .second { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .first { stroke: #0969da; } .second { stroke: #bc4c00; stroke-dasharray: 6 3; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3; } .minor { fill: #9198a1; } .page { fill: #151b23; } .grid { stroke: #3d444d; } .frame { stroke: #9198a1; }
          .first { stroke: #4493f8; } .second { stroke: #f0883e; }
        }
        """;

    private readonly StringBuilder text = new();
    private readonly XmlWriter xml;

    /// <summary>Begins a picture.</summary>
    /// <param name="width">Width in pixels, where it is shown in its own size.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="title">What it shows, for those who cannot see it.</param>
    public Picture(int width, int height, string title)
    {
        xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, NewLineChars = "\n" });
        xml.WriteStartElement("svg", "http://www.w3.org/2000/svg");
        Attributes(("width", width), ("height", height), ("viewBox", $"0 0 {width} {height}"), ("role", "img"));
        xml.WriteElementString("title", title);
        xml.WriteElementString("style", Style);
        Element("rect", ("class", "page"), ("width", width), ("height", height));
    }

    /// <summary>A straight line.</summary>
    public void Line(string @class, double x1, double y1, double x2, double y2) => Element("line", ("class", @class), ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2));

    /// <summary>The outline of a rectangle.</summary>
    public void Frame(double x, double y, double width, double height) => Element("rect", ("class", "frame"), ("x", x), ("y", y), ("width", width), ("height", height));

    /// <summary>A line through points.</summary>
    public void Curve(string @class, IEnumerable<(double X, double Y)> points)
    {
        var path = new StringBuilder();
        foreach (var (x, y) in points) path.Append(path.Length == 0 ? 'M' : 'L').Append(Number(x)).Append(' ').Append(Number(y));
        if (path.Length > 0) Element("path", ("class", @class), ("d", path));
    }

    /// <summary>A text.</summary>
    /// <param name="x">Where its anchor is.</param>
    /// <param name="y">Where its base line is.</param>
    /// <param name="value">The text.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="class">title, minor, or none.</param>
    /// <param name="upwards">Whether it is turned to run upwards.</param>
    public void Text(double x, double y, string value, string anchor = "start", string? @class = null, bool upwards = false)
    {
        xml.WriteStartElement("text");
        Attributes(("x", x), ("y", y), ("text-anchor", anchor));
        if (@class is not null) Attributes(("class", @class));
        if (upwards) Attributes(("transform", $"rotate(-90 {Number(x)} {Number(y)})"));
        xml.WriteString(value);
        xml.WriteEndElement();
    }

    /// <summary>Ends the picture.</summary>
    public string Finish()
    {
        xml.WriteEndElement();
        xml.Dispose();
        return text.Append('\n').ToString();
    }

    private void Element(string name, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        xml.WriteStartElement(name);
        Attributes(attributes);
        xml.WriteEndElement();
    }

    private void Attributes(params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        foreach (var (name, value) in attributes) xml.WriteAttributeString(name, value is double number ? Number(number) : value.ToString());
    }

    private static string Number(double value) => value.ToString("0.##");
}
