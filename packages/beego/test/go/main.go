// Reads sessions as Beego does, one in base64 per line, and prints what Go found in each: a node as in ../support/vectors.ts, or an error.
// The registered types are those of Go, of Beego's session package, and of the application whose sessions the vectors are.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

type Cents int64

type Cart struct {
	Items []string
	Total Cents
	Note  string
}

type Address struct {
	Street string
	Zip    int
}

type User struct {
	ID      int64
	Name    string
	Roles   []string
	Active  bool
	Score   float64
	Meta    map[string]interface{}
	Addr    *Address
	Created time.Time
}

func register() {
	// As Beego's session package does.
	gob.Register([]interface{}{})
	gob.Register(map[int]interface{}{})
	gob.Register(map[string]interface{}{})
	gob.Register(map[interface{}]interface{}{})
	gob.Register(map[string]string{})
	gob.Register(map[int]string{})
	gob.Register(map[int]int{})
	gob.Register(map[int]int64{})
	// As the application does.
	gob.Register(time.Time{})
	gob.Register(time.Duration(0))
	gob.RegisterName("main.Cart", Cart{})
	gob.RegisterName("example.com/sentinelcheck/app/models.User", User{})
	gob.RegisterName("example.com/sentinelcheck/app/models.Cents", Cents(0))
}

type node map[string]interface{}

func main() {
	register()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		answer, err := json.Marshal(answerTo(lines.Text()))
		if err != nil {
			panic(err)
		}
		out.Write(answer)
		out.WriteByte('\n')
	}
}

// What Beego does with a session that it read, it must be able to do with ours: it encodes them, too.
func answerTo(line string) node {
	raw, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		return node{"error": err.Error()}
	}
	var values map[interface{}]interface{}
	if err := gob.NewDecoder(bytes.NewReader(raw)).Decode(&values); err != nil {
		return node{"error": err.Error()}
	}
	var again bytes.Buffer
	if err := gob.NewEncoder(&again).Encode(values); err != nil {
		return node{"error": "encoding again: " + err.Error()}
	}
	return describe(reflect.ValueOf(values))
}

func describe(v reflect.Value) node {
	if !v.IsValid() {
		return node{"t": "nil"}
	}
	if v.Kind() == reflect.Interface {
		return describe(v.Elem())
	}
	n := node{"t": v.Type().String()}
	if at, ok := v.Interface().(time.Time); ok {
		n["unix"] = strconv.FormatInt(at.Unix(), 10)
		n["nsec"] = at.Nanosecond()
		n["zone"] = "UTC"
		if at.Location() != time.UTC {
			_, n["zone"] = at.Zone()
		}
		return n
	}
	switch v.Kind() {
	case reflect.Bool:
		n["v"] = v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n["v"] = strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n["v"] = strconv.FormatUint(v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		n["bits"] = bits(v.Float())
	case reflect.Complex64, reflect.Complex128:
		n["re"] = node{"t": "float64", "bits": bits(real(v.Complex()))}
		n["im"] = node{"t": "float64", "bits": bits(imag(v.Complex()))}
	case reflect.String:
		if utf8.ValidString(v.String()) {
			n["v"] = v.String()
		} else {
			n["b64"] = base64.StdEncoding.EncodeToString([]byte(v.String()))
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			n["b64"] = base64.StdEncoding.EncodeToString(v.Bytes())
			return n
		}
		items := []node{}
		for i := 0; i < v.Len(); i++ {
			items = append(items, describe(v.Index(i)))
		}
		n["items"] = items
	case reflect.Map:
		entries := [][2]node{}
		for _, key := range v.MapKeys() {
			entries = append(entries, [2]node{describe(key), describe(v.MapIndex(key))})
		}
		n["entries"] = entries
	case reflect.Struct:
		fields := [][2]interface{}{}
		for i := 0; i < v.NumField(); i++ {
			fields = append(fields, [2]interface{}{v.Type().Field(i).Name, describe(v.Field(i))})
		}
		n["fields"] = fields
	case reflect.Ptr:
		n["elem"] = nil
		if !v.IsNil() {
			n["elem"] = describe(v.Elem())
		}
	default:
		panic(fmt.Sprint("no node for ", v.Type()))
	}
	return n
}

func bits(f float64) string {
	return fmt.Sprintf("%016x", math.Float64bits(f))
}
