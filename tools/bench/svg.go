package bench

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// svg is a drawing, written from top to bottom. Lengths are in pixels.
type svg struct{ body bytes.Buffer }

func (s *svg) rect(x, y, w, h float64, fill string) {
	fmt.Fprintf(&s.body, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y, w, h, fill)
}

func (s *svg) line(x1, y1, x2, y2 float64, stroke string) {
	fmt.Fprintf(&s.body, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1, y1, x2, y2, stroke)
}

// path joins the points, each a pair, with a line and a dot each.
func (s *svg) path(points [][2]float64, stroke, dash string) {
	var all []string
	for _, p := range points {
		all = append(all, fmt.Sprintf("%.1f,%.1f", p[0], p[1]))
		fmt.Fprintf(&s.body, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", p[0], p[1], stroke)
	}
	fmt.Fprintf(&s.body, "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n",
		strings.Join(all, " "), stroke, dash)
}

// text stands at x by its anchor: start, middle or end.
func (s *svg) text(x, y float64, anchor string, px int, text string) {
	var escaped bytes.Buffer
	// A buffer takes all.
	_ = xml.EscapeText(&escaped, []byte(text))
	fmt.Fprintf(&s.body, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">%s</text>\n", x, y, anchor, px, escaped.Bytes())
}

// document is the drawing with its size.
func (s *svg) document(w, h float64) []byte {
	head := fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" fill=\"#222\">\n"+
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n", w, h, w, h)
	return []byte(head + s.body.String() + "</svg>\n")
}
